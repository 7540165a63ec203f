import type { CompletionNode } from './command-tree.js';

/** A script for zsh: `source <(respool completion zsh)`, or a file `_respool` in a folder of `$fpath`. */
export function zshCompletion(name: string, nodes: readonly CompletionNode[]): string {
  const routes = nodes.filter((node) => node.path.length > 0).map((node) => quote(`/${node.path.join('/')}`));
  return `#compdef ${name}
# Completions of ${name} for zsh: source <(${name} completion zsh)
_${name}() {
  local current=$words[CURRENT] previous=$words[CURRENT-1] route= word
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case $route/$word in
      (${routes.join('|')}) route=$route/$word ;;
    esac
  done
  case $route:$previous in
${nodes.flatMap(valueCases).join('\n')}
  esac
  local -a commands options
  case $route in
${nodes.map(wordCase).join('\n')}
  esac
  if [[ $current == -* ]]; then
    _describe -o option options
  elif (( $#commands )); then
    _describe command commands
  else
    _files
  fi
}
if [[ $funcstack[1] == _${name} ]]; then
  _${name} "$@"
else
  compdef _${name} ${name}
fi
`;
}

function valueCases(node: CompletionNode): string[] {
  const cases: string[] = [];
  for (const { flags, value } of node.options) {
    if (value.kind === 'none') continue;
    const patterns = flags.map((flag) => quote(`${routeOf(node)}:${flag}`)).join('|');
    cases.push(`    (${patterns}) ${valueAction(value)}; return ;;`);
  }
  return cases;
}

function valueAction(value: Exclude<CompletionNode['options'][number]['value'], { kind: 'none' }>): string {
  if (value.kind === 'words') return `compadd -- ${value.words.map(quote).join(' ')}`;
  return value.kind === 'file' ? '_files' : "_message 'a value'";
}

function wordCase(node: CompletionNode): string {
  const commands = node.subcommands.map(({ name, description }) => described(name, description));
  const options = node.options.flatMap(({ flags, description }) =>
    flags.map((flag) => described(flag, description)),
  );
  return `    (${quote(routeOf(node))}) commands=(${commands.join(' ')}) options=(${options.join(' ')}) ;;`;
}

/** `name:description`, as _describe takes it; a colon of the name itself would need a backslash. */
function described(name: string, description: string): string {
  return quote(`${name.replaceAll(':', '\\:')}:${description}`);
}

function routeOf(node: CompletionNode): string {
  return node.path.map((word) => `/${word}`).join('');
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
