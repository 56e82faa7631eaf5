package dev.entente.server.cli;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;

/** One run of the command line within the test's process. */
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

    /** Runs a command whose words have no blanks, at that coordinator. */
    public static Cli at(String target, String command) {
        return run((command + " --target " + target).split(" ", -1));
    }

    /** The same with something on standard input. One at a time, for the process has one. */
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

    /** Returns these arguments, and more behind them. */
    static String[] with(String[] more, String... arguments) {
        return Stream.concat(Stream.of(arguments), Stream.of(more)).toArray(String[]::new);
    }

    /** Returns the code of the error that it told in JSON. */
    public String code() {
        return json().getAsJsonObject("error").get("code").getAsString();
    }

    /** Returns the text of the error that it told in JSON. */
    public String message() {
        return json().getAsJsonObject("error").get("message").getAsString();
    }

    /** Returns the text of a member of the JSON that it told. */
    public String said(String member) {
        return json().get(member).getAsString();
    }

    /** Returns its output, which must be one line of JSON and nothing else. */
    public JsonObject json() {
        if (out.strip().contains("\n")) {
            throw new AssertionError("more than one line: " + out);
        }
        return JsonParser.parseString(out).getAsJsonObject();
    }
}
