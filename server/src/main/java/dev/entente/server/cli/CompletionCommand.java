package dev.entente.server.cli;

import dev.entente.server.cli.text.ExitCode;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code entente completion}: a script with which a shell completes the commands and their options. */
@Command(
        name = "completion",
        description = "Print a script that completes commands and options in a shell.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "  bash: source <(entente completion bash), in ~/.bashrc",
            "  zsh:  source <(entente completion zsh), in ~/.zshrc",
            "  fish: entente completion fish > ~/.config/fish/completions/entente.fish"
        })
final class CompletionCommand implements Callable<Integer> {
    private static final String PROGRAM = "entente";

    /** A shell that is known. */
    enum Shell {
        bash,
        zsh,
        fish
    }

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "bash|zsh|fish", description = "The shell.")
    private Shell shell;

    @Override
    public Integer call() {
        var all = CommandLine.parser();
        String script = switch (shell) {
            // One script: in zsh it loads zsh's own emulation of bash's completion.
            case bash, zsh -> AutoComplete.bash(PROGRAM, all);
            case fish -> FishCompletion.of(PROGRAM, all.getCommandSpec());
        };
        spec.commandLine().getOut().print(script);
        spec.commandLine().getOut().flush();
        return ExitCode.HELD;
    }
}
