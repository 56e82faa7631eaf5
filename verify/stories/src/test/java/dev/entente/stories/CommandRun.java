package dev.entente.stories;

import dev.entente.server.cli.CommandLine;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;

/**
 * A run of {@code entente} within this process, which avoids the start of a JVM.
 * @param output the complete standard output and standard error
 */
public record CommandRun(int exit, String output) {
    /** Runs the command until it ends. Blocks. */
    public static CommandRun of(String... arguments) {
        return fed("", arguments);
    }

    /** Runs the command with this standard input until it ends. Blocks. */
    public static CommandRun fed(String input, String... arguments) {
        StringWriter output = new StringWriter();
        InputStream before = System.in;
        System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
        try {
            int exit = CommandLine.parser(arguments)
                    .setOut(new PrintWriter(output))
                    .setErr(new PrintWriter(output))
                    .execute(arguments);
            return new CommandRun(exit, output.toString());
        } finally {
            System.setIn(before);
        }
    }
}
