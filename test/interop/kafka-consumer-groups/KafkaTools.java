import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Exit;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * Runs Kafka's command-line tools one after the other in one JVM, as each would take seconds to start a JVM of its own. Reads requests from
 * standard input, a line of JSON each, and answers each with a line of JSON:
 *
 * <pre>
 * {"tool": CLASS, "args": [...]}                                            → {"exitCode", "out", "err"}
 * {"server", "group", "offsets": [{"topic", "partition", "offset"}, ...]}   → {"exitCode", "out", "err"}
 * </pre>
 *
 * The second commits offsets wherever they lie, which no tool does.
 */
public final class KafkaTools {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** By server; they end with the process. */
    private static final Map<String, Admin> ADMINS = new HashMap<>();

    public static void main(String[] noArgs) throws IOException {
        PrintStream answers = new PrintStream(System.out, true, UTF_8);
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, UTF_8));
        for (String line = requests.readLine(); line != null; line = requests.readLine()) {
            JsonNode request = JSON.readTree(line);
            answers.println(JSON.writeValueAsString(captured(() -> carryOut(request))));
        }
    }

    private interface Action {
        void run() throws Exception;
    }

    /** What a tool ends its process with. */
    private static final class Exited extends RuntimeException {
    }

    private static Map<String, Object> captured(Action action) {
        PrintStream realOut = System.out;
        PrintStream realErr = System.err;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        // The first counts: a tool may catch what ends it, and end itself again.
        int[] exitCode = {-1};
        Exit.setExitProcedure((code, message) -> {
            if (exitCode[0] < 0) exitCode[0] = code;
            throw new Exited();
        });
        System.setOut(new PrintStream(out, true, UTF_8));
        System.setErr(new PrintStream(err, true, UTF_8));
        try {
            action.run();
        } catch (Exited exited) {
            // Its code is known.
        } catch (Exception e) {
            e.printStackTrace();
            if (exitCode[0] < 0) exitCode[0] = 1;
        } finally {
            System.setOut(realOut);
            System.setErr(realErr);
        }
        return Map.of("exitCode", Math.max(exitCode[0], 0), "out", out.toString(UTF_8), "err", err.toString(UTF_8));
    }

    private static void carryOut(JsonNode request) throws Exception {
        if (request.has("tool")) runTool(request);
        else commit(request);
    }

    private static void runTool(JsonNode request) throws Exception {
        String[] args = JSON.treeToValue(request.get("args"), String[].class);
        try {
            Class.forName(request.get("tool").asText()).getMethod("main", String[].class).invoke(null, (Object) args);
        } catch (InvocationTargetException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }

    private static void commit(JsonNode request) throws Exception {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        for (JsonNode one : request.get("offsets")) {
            TopicPartition partition = new TopicPartition(one.get("topic").asText(), one.get("partition").asInt());
            offsets.put(partition, new OffsetAndMetadata(one.get("offset").asLong()));
        }
        Admin admin = ADMINS.computeIfAbsent(
            request.get("server").asText(),
            server -> Admin.create(Map.of("bootstrap.servers", server))
        );
        admin.alterConsumerGroupOffsets(request.get("group").asText(), offsets).all().get();
    }
}
