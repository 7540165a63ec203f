import type { CompletionNode } from './command-tree.js';

/** A script for bash; `source <(respool completion bash)`. Needs nothing but bash itself, not even bash-completion. */
export function bashCompletion(name: string, nodes: readonly CompletionNode[]): string {
  const routes = nodes.filter((node) => node.path.length > 0).map((node) => quote(`/${node.path.join('/')}`));
  return `# Completions of ${name} for bash: source <(${name} completion bash)
_${name}_completion() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} route= word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $route/$word in
      ${routes.join(' | ')}) route=$route/$word ;;
    esac
  done
  COMPREPLY=()
  case $route:$previous in
${nodes.flatMap(valueCases).join('\n')}
  esac
  local commands= options=
  case $route in
${nodes.map(wordCase).join('\n')}
  esac
  if [[ $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
  else
    mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$current")
  fi
}
complete -o default -o bashdefault -F _${name}_completion ${name}
`;
}

function valueCases(node: CompletionNode): string[] {
  const cases: string[] = [];
  for (const { flags, value } of node.options) {
    if (value.kind === 'none') continue;
    const patterns = flags.map((flag) => quote(`${routeOf(node)}:${flag}`)).join(' | ');
    const words = value.kind === 'words' ? value.words.join(' ') : '';
    const fill = words && `mapfile -t COMPREPLY < <(compgen -W ${quote(words)} -- "$current"); `;
    // Without a reply bash completes file names, which is right for files and does no harm elsewhere.
    cases.push(`    ${patterns}) ${fill}return ;;`);
  }
  return cases;
}

function wordCase(node: CompletionNode): string {
  const commands = node.subcommands.map((command) => command.name).join(' ');
  const options = node.options.flatMap((option) => option.flags).join(' ');
  return `    ${quote(routeOf(node))}) commands=${quote(commands)} options=${quote(options)} ;;`;
}

function routeOf(node: CompletionNode): string {
  return node.path.map((word) => `/${word}`).join('');
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
