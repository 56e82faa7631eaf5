package dev.entente.server.console.part;

import dev.entente.server.http.WebResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The console's files. Each file's path contains the hash of its content, so that browsers may keep it forever. The page
 * of the {@link Runbooks} has a path without a hash.
 */
public final class Assets {
    private static final String FOLDER = "/dev/entente/server/console/";
    private static final Map<String, String> KEPT = Map.of("Cache-Control", "public, max-age=31536000, immutable");

    private final Map<String, WebResponse> answers = new HashMap<>();
    private final Map<String, String> paths = new HashMap<>();

    /** Reads the files. Blocks. */
    public Assets() {
        add("console.css", "text/css; charset=utf-8");
        add("live.js", "text/javascript; charset=utf-8");
        add("icon.svg", "image/svg+xml");
        String runbooks = new String(read("runbooks.md"), StandardCharsets.UTF_8);
        String page = Runbooks.html(runbooks, path("console.css"));
        answers.put(Runbooks.PATH, WebResponse.of(200, "text/html; charset=utf-8", Map.of(), page));
    }

    private void add(String file, String type) {
        byte[] bytes = read(file);
        String hash = HexFormat.of().toHexDigits(Arrays.hashCode(bytes));
        String path = "assets/" + file.replace(".", "." + hash + ".");
        answers.put(path, new WebResponse(200, type, KEPT, bytes));
        paths.put(file, path);
    }

    private static byte[] read(String file) {
        try (InputStream stream = Objects.requireNonNull(Assets.class.getResourceAsStream(FOLDER + file), file)) {
            return stream.readAllBytes();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /** Returns the file of a path without a leading slash; null for none. */
    public @Nullable WebResponse find(String path) {
        return answers.get(path);
    }

    /** Returns the path of a file by its name, relative to the console's root. */
    public String path(String file) {
        return Objects.requireNonNull(paths.get(file), file);
    }
}
