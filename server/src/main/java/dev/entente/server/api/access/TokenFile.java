package dev.entente.server.api.access;

import dev.entente.server.telemetry.Metrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tokens of a file, read again when it changed. A file that cannot be read leaves the last good tokens in force.
 * Thread-safe.
 */
public final class TokenFile {
    private static final Logger log = LoggerFactory.getLogger(TokenFile.class);

    private record Stamp(FileTime modified, long sizeBytes) {}

    private final Path file;
    private final Metrics metrics;
    private volatile Tokens tokens;
    private volatile Stamp read;

    private TokenFile(Path file, Metrics metrics, Tokens tokens, Stamp read) {
        this.file = file;
        this.metrics = metrics;
        this.tokens = tokens;
        this.read = read;
    }

    /**
     * Reads it for the first time. Blocks.
     *
     * @param metrics counts defects met while it is read again
     * @throws IllegalArgumentException for a line that is no token, or the second of one
     */
    public static TokenFile open(Path file, Metrics metrics) throws IOException {
        Stamp stamp = stamp(file);
        return new TokenFile(file, metrics, Tokens.read(file), stamp);
    }

    /** Reads it again if it changed. To be called every second or so, on a thread that may block; does not throw. */
    public void refresh() {
        try {
            Stamp now = stamp(file);
            if (!now.equals(read)) {
                tokens = Tokens.read(file);
                read = now;
                log.info("read {} tokens from {}", tokens.all().size(), file);
            }
        } catch (IOException | IllegalArgumentException unreadable) {
            log.warn("could not read the token file; the tokens read before stay in force: {}", unreadable.toString());
        } catch (RuntimeException | Error defect) {
            // A task that throws is never run again, and then no revocation would be heard of.
            metrics.caught("tokens");
            log.error("unexpected error while reading the token file; the tokens read before stay in force", defect);
        }
    }

    Tokens.@Nullable Token find(String secret) {
        return tokens.find(secret);
    }

    private static Stamp stamp(Path file) throws IOException {
        return new Stamp(Files.getLastModifiedTime(file), Files.size(file));
    }
}
