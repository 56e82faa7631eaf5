package dev.entente.rig;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Path;

/** Creates tokens for coordinators with the command line, as an operator does. */
public final class CreatedToken {
    private CreatedToken() {}

    /**
     * Creates a token and adds it to {@code file}, which a coordinator reads as {@code auth.tokenFile}. Blocks.
     *
     * @return the token that a client sends
     */
    public static String create(Path file, String name, String role) throws IOException {
        Ended made = Ended.entente("token", "create", name, "--role", role, "--file", file.toString(), "-o", "json");
        if (made.exit() != 0) {
            throw new ChildFailure("entente token create exited with code " + made.exit(), 1);
        }
        return JsonParser.parseString(made.out()).getAsJsonObject().get("token").getAsString();
    }
}
