package dev.entente.stories.completion;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.backends.PatientAwaits;
import dev.entente.rig.Ended;
import dev.entente.stories.DebianPackages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests of {@code entente completion}: each shell loads its script and completes with it. */
final class CompletionIT {
    /** Calls the completion function like bash does: the last word is the word to complete. */
    private static final String BASH = """
        source "$1"
        shift
        COMP_WORDS=("$@")
        COMP_CWORD=$(($# - 1))
        COMP_LINE="$*"
        COMP_POINT=${#COMP_LINE}
        _complete_entente "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s\\n' "${COMPREPLY[@]}"
        """;
    /** Types into an interactive zsh and ends when the expected completion has appeared. */
    private static final String ZSH = """
        zmodload zsh/zpty
        zpty -b shell zsh -f -i
        zpty -w shell "PS1='ready> '; PROMPT_EOL_MARK=; unsetopt zle_bracketed_paste; source $1; print -r -- sour''ced"
        zpty -r shell line '*sourced*'
        zpty -w -n shell $2$'\\t'
        zpty -r shell line "*$2$3*"
        print -r -- completed
        """;

    private static final String TIMEOUT = Long.toString(PatientAwaits.BOUND.toSeconds());

    @TempDir
    private static Path folder;

    @ParameterizedTest
    @CsvSource({
        "entente tx des, describe",
        "./entente outbox l, list",
        "entente tx describe --ti, --timeout",
        "entente tx describe -o j, json",
        "entente completion z, zsh"
    })
    void bash_completes_commands_options_and_values(String line, String expected) throws Exception {
        List<String> words = new ArrayList<>(List.of("bash", "--norc", "-c", BASH, "bash", script("bash")));
        words.addAll(List.of(line.split(" ")));
        assertThat(run(words)).containsExactly(expected);
    }

    @Test
    void bash_registers_the_completion_for_entente() throws Exception {
        String asked = "source \"$1\"; complete -p entente";
        assertThat(run(List.of("bash", "--norc", "-c", asked, "bash", script("bash"))))
                .singleElement()
                .asString()
                .contains("_complete_entente");
    }

    /** The command {@code timeout} stops zsh if no completion appears. */
    @ParameterizedTest
    @CsvSource({"entente tx desc, ribe", "entente tx describe --timeo, ut", "entente tx describe -o js, on"})
    void zsh_completes_commands_options_and_values(String typed, String added) throws Exception {
        DebianPackages.require(List.of("zsh"), "zsh", "--version");
        assertThat(run(List.of("timeout", TIMEOUT, "zsh", "-f", "-c", ZSH, "zsh", script("zsh"), typed, added)))
                .endsWith("completed");
    }

    /** Returns the file with the script that the built jar prints. Each script is created once. */
    private static String script(String shell) throws IOException {
        Path script = folder.resolve("entente." + shell);
        if (Files.notExists(script)) {
            Files.writeString(script, Ended.entente("completion", shell).out());
        }
        return script.toString();
    }

    /** Runs the command until it ends and returns its standard output. Blocks. */
    private static List<String> run(List<String> command) throws IOException {
        Ended ended = Ended.run(command);
        assertThat(ended.exit()).as(ended.output()).isZero();
        return ended.out().lines().toList();
    }
}
