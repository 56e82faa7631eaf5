package dev.entente.server.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code entente completion}: prints a script that completes commands and options in a shell. */
@Command(
        name = "completion",
        description = "Print a script that completes commands and options in a shell.",
        footer = {
            "",
            "  bash: source <(entente completion bash), in ~/.bashrc",
            "  zsh:  source <(entente completion zsh), in ~/.zshrc"
        })
final class CompletionCommand implements Callable<Integer> {
    /** A supported shell. In zsh the script of bash loads zsh's own emulation of bash's completion. */
    enum Shell {
        bash,
        zsh
    }

    @Spec
    private CommandSpec spec;

    @SuppressWarnings("UnusedVariable") // one script for both
    @Parameters(paramLabel = "bash|zsh", description = "The shell.")
    private Shell shell;

    @Override
    public Integer call() {
        spec.commandLine().getOut().print(AutoComplete.bash("entente", CommandLine.parser()));
        spec.commandLine().getOut().flush();
        return ExitCode.HELD;
    }
}
