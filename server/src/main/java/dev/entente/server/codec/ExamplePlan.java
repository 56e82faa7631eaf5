package dev.entente.server.codec;

import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.regex.Matcher;

/** Example plans that work with the demo's participants: one per pattern, and further variants. */
public enum ExamplePlan {
    saga,
    approval,
    tcc,
    two_phase,
    message,
    notification,
    http;

    /** Returns the name on the command line and in links. */
    @Override
    public String toString() {
        return name().replace('_', '-');
    }

    /** Reads the JSON from the jar. Blocks. */
    public String text() {
        try (InputStream file = ExamplePlan.class.getResourceAsStream("examples/" + this + ".json")) {
            return new String(Objects.requireNonNull(file).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /** Reads the JSON, with another gid for another transaction. */
    public String text(String gid) {
        String named = "\"gid\": " + new JsonPrimitive(gid);
        return text().replaceFirst("\"gid\": \"[^\"]*\"", Matcher.quoteReplacement(named));
    }
}
