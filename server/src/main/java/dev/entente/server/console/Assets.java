package dev.entente.server.console;

import dev.entente.server.http.WebAnswer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The console's files, each under a name with the hash of its content: what a browser has kept never ages. */
public final class Assets {
    private static final int HASH_DIGITS = 12;

    private final Map<String, WebAnswer> byPath = new HashMap<>();
    private final String stylesheet;
    private final String script;
    private final String icon;

    private Assets() {
        stylesheet = add("console", "css", "text/css; charset=utf-8");
        script = add("live", "js", "text/javascript; charset=utf-8");
        icon = add("icon", "svg", "image/svg+xml");
    }

    /** Reads them. Blocks. */
    static Assets read() {
        return new Assets();
    }

    private String add(String name, String extension, String type) {
        byte[] bytes = bytes(name + "." + extension);
        String path = "assets/" + name + "." + hash(bytes) + "." + extension;
        Map<String, String> headers = Map.of("Cache-Control", "public, max-age=31536000, immutable");
        byPath.put(path, new WebAnswer(200, type, headers, bytes));
        return path;
    }

    private static byte[] bytes(String file) {
        try (InputStream stream = Assets.class.getResourceAsStream(file)) {
            if (stream == null) {
                throw new IllegalStateException("the jar has no " + file);
            }
            return stream.readAllBytes();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static String hash(byte[] bytes) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
            return HexFormat.of().formatHex(digest).substring(0, HASH_DIGITS);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every JVM has SHA-256", impossible);
        }
    }

    /** Returns the file of that path, without a slash in front; null where there is none. */
    @Nullable
    WebAnswer find(String path) {
        return byPath.get(path);
    }

    /** Returns the stylesheet's path, relative to the console's root. */
    public String stylesheet() {
        return stylesheet;
    }

    /** Returns the script's path, relative to the console's root. */
    public String script() {
        return script;
    }

    /** Returns the icon's path, relative to the console's root. */
    public String icon() {
        return icon;
    }
}
