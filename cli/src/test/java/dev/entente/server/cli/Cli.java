package dev.entente.server.cli;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;

/** The result of a command that ran in the process of the test. */
public record Cli(int exit, String out, String err) {

    public static Cli run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exit = CommandLine.parser(arguments)
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments);
        return new Cli(exit, out.toString(), err.toString());
    }

    /** Runs a command against the coordinator at {@code target}; blanks separate the arguments. */
    public static Cli at(String target, String command) {
        return run((command + " --target " + target).split(" ", -1));
    }

    /** Runs a command with this standard input. Only one call runs at a time: the process has one standard input. */
    public static Cli fed(String input, String... arguments) {
        return fed(input.getBytes(StandardCharsets.UTF_8), arguments);
    }

    static synchronized Cli fed(byte[] input, String... arguments) {
        InputStream before = System.in;
        System.setIn(new ByteArrayInputStream(input));
        try {
            return run(arguments);
        } finally {
            System.setIn(before);
        }
    }

    /** Returns {@code arguments}, followed by {@code more}. */
    static String[] with(String[] more, String... arguments) {
        return Stream.concat(Stream.of(arguments), Stream.of(more)).toArray(String[]::new);
    }

    /** Returns the code of the error in the JSON output. */
    public String code() {
        return json().getAsJsonObject("error").get("code").getAsString();
    }

    /** Returns the message of the error in the JSON output. */
    public String message() {
        return json().getAsJsonObject("error").get("message").getAsString();
    }

    /** Returns the text of a member of the JSON output. */
    public String memberText(String member) {
        return json().get(member).getAsString();
    }

    /** Returns the output, which must be exactly one line of JSON. */
    public JsonObject json() {
        if (out.strip().contains("\n")) {
            throw new AssertionError("more than one line: " + out);
        }
        return JsonParser.parseString(out).getAsJsonObject();
    }
}
