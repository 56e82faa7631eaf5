package dev.entente.server.api.access;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Files that are taken together, and again when they change. A change that is of no use leaves the last good ones. */
public final class WatchedFiles {
    private static final Logger log = LoggerFactory.getLogger(WatchedFiles.class);

    /** No chain of certificates is nearly as long. */
    static final int MAX_FILE_BYTES = 1 << 20;

    /** Uses the files' text. */
    public interface Taking {
        void take(List<String> texts) throws GeneralSecurityException;
    }

    /** The files' text, or why there is none; two looks are equal where nothing has changed between them. */
    private record Look(List<String> texts, @Nullable String trouble) {}

    private final List<Path> files;
    private final Taking taking;
    private Look taken;
    private Look last;
    private @Nullable Look refused;
    private volatile boolean isRefused;

    private WatchedFiles(List<Path> files, Taking taking, Look first) {
        this.files = files;
        this.taking = taking;
        this.taken = first;
        this.last = first;
    }

    /**
     * Reads and takes the files for the first time. Blocks.
     *
     * @throws IOException if one cannot be read
     * @throws IllegalArgumentException if they are of no use
     */
    public static WatchedFiles open(List<Path> files, Taking taking) throws IOException {
        Look first = new Look(read(files), null);
        try {
            taking.take(first.texts());
        } catch (GeneralSecurityException | IllegalArgumentException useless) {
            throw new IllegalArgumentException(files + ": " + useless.getMessage(), useless);
        }
        return new WatchedFiles(files, taking, first);
    }

    /** Takes them again if they changed, and warns once of each change that is of no use. Blocks. */
    public void refresh() {
        Look now = look();
        // Whoever renews writes one file after the other: a change counts once two looks have seen the same.
        boolean isSettled = now.equals(last);
        last = now;
        if (now.equals(taken)) {
            refused = null;
            isRefused = false;
        } else if (isSettled) {
            take(now);
        }
    }

    private void take(Look now) {
        if (now.trouble() != null) {
            refuse(now, now.trouble());
            return;
        }
        try {
            taking.take(now.texts());
            taken = now;
            refused = null;
            isRefused = false;
            log.info("read {} again", files);
        } catch (GeneralSecurityException | IllegalArgumentException useless) {
            refuse(now, String.valueOf(useless.getMessage()));
        }
    }

    private void refuse(Look now, String why) {
        isRefused = true;
        if (!now.equals(refused)) {
            refused = now;
            log.warn("{} cannot be used; what was read before goes on: {}", files, why);
        }
    }

    /** Tells whether the files as they are now cannot be used. */
    public boolean isRefused() {
        return isRefused;
    }

    private Look look() {
        try {
            return new Look(read(files), null);
        } catch (IOException unreadable) {
            return new Look(List.of(), unreadable.toString());
        }
    }

    private static List<String> read(List<Path> files) throws IOException {
        List<String> texts = new ArrayList<>();
        for (Path file : files) {
            refusePipe(file);
            try (InputStream in = Files.newInputStream(file)) {
                byte[] bytes = in.readNBytes(MAX_FILE_BYTES + 1);
                if (bytes.length > MAX_FILE_BYTES) {
                    throw new IOException(file + " has more than " + MAX_FILE_BYTES + " bytes");
                }
                texts.add(new String(bytes, StandardCharsets.ISO_8859_1));
            }
        }
        return List.copyOf(texts);
    }

    /** Opening a pipe waits for its other end, for ever. What is not there is left to whoever opens it. */
    static void refusePipe(Path file) throws IOException {
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new IOException(file + " is no regular file");
        }
    }
}
