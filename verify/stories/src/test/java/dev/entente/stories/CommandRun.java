package dev.entente.stories;

import dev.entente.server.cli.CommandLine;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;

/**
 * A run of {@code entente} within this process, which spares a JVM's start.
 *
 * @param said all of standard output and standard error
 */
public record CommandRun(int exit, String said) {
    /** Runs it to its end. Blocks. */
    public static CommandRun of(String... arguments) {
        return fed("", arguments);
    }

    /** Runs it to its end with this standard input. Blocks. */
    public static CommandRun fed(String input, String... arguments) {
        StringWriter said = new StringWriter();
        InputStream before = System.in;
        System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
        try {
            int exit = CommandLine.parser(arguments)
                    .setOut(new PrintWriter(said))
                    .setErr(new PrintWriter(said))
                    .execute(arguments);
            return new CommandRun(exit, said.toString());
        } finally {
            System.setIn(before);
        }
    }
}
