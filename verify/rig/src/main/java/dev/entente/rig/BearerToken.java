package dev.entente.rig;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Tokens for coordinators, made as an operator makes one: with the command line. */
public final class BearerToken {
    private BearerToken() {}

    /**
     * Makes a token and adds it to {@code file}, which a coordinator reads as {@code auth.tokenFile}. Blocks.
     *
     * @return what a client sends
     */
    public static String create(Path file, String name, String role) throws IOException {
        Process made = new ProcessBuilder(
                        JavaCommand.java(),
                        "-jar",
                        ServerJar.find().toString(),
                        "token",
                        "create",
                        name,
                        "--role",
                        role,
                        "--file",
                        file.toString(),
                        "-o",
                        "json")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String json = new String(made.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (made.onExit().join().exitValue() != 0) {
            throw new ChildFailure("entente token create ended with " + made.exitValue(), 1);
        }
        return JsonParser.parseString(json).getAsJsonObject().get("token").getAsString();
    }
}
