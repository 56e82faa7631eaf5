package dev.entente.faults.siege;

import dev.entente.rig.Ready;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** Looks at a process from outside: whether it says that it lives, and how much memory it has. */
final class Watchman implements AutoCloseable {
    private static final Duration PAUSE = Duration.ofMillis(100);
    /** Longer than any orchestrator would wait. */
    private static final int LONGEST_MILLIS = 10_000;

    private static final String RESIDENT = "VmRSS:";

    private final Ready process;
    private final Path log;
    private final long linesBefore;
    private final Thread looking;
    private volatile boolean isEnding;
    private volatile long slowestMillis;
    private volatile long residentKib;

    /** Begins to look. */
    Watchman(Ready process, Path log) throws IOException {
        this.process = process;
        this.log = log;
        this.linesBefore = lines();
        looking = Thread.ofPlatform().name("watchman").daemon().start(this::look);
    }

    private long lines() throws IOException {
        try (Stream<String> lines = Files.lines(log)) {
            return lines.count();
        }
    }

    private void look() {
        while (!isEnding) {
            slowestMillis = Math.max(slowestMillis, probe());
            residentKib = Math.max(residentKib, resident());
            try {
                Thread.sleep(PAUSE);
            } catch (InterruptedException ended) {
                return;
            }
        }
    }

    /** On a connection of its own, as probes come. */
    private long probe() {
        long began = System.nanoTime();
        try {
            HttpURLConnection connection = (HttpURLConnection)
                    URI.create("http://" + process.http() + "/livez").toURL().openConnection();
            connection.setConnectTimeout(LONGEST_MILLIS);
            connection.setReadTimeout(LONGEST_MILLIS);
            connection.setRequestProperty("connection", "close");
            if (connection.getResponseCode() != HttpURLConnection.HTTP_OK) {
                return LONGEST_MILLIS;
            }
            connection.getInputStream().readAllBytes();
        } catch (IOException unanswered) {
            return LONGEST_MILLIS;
        }
        return Duration.ofNanos(System.nanoTime() - began).toMillis();
    }

    private long resident() {
        try {
            List<String> status = Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "status"));
            return status.stream()
                    .filter(line -> line.startsWith(RESIDENT))
                    .map(line -> line.replaceAll("\\D", ""))
                    .mapToLong(Long::parseLong)
                    .findFirst()
                    .orElse(0);
        } catch (IOException gone) {
            return 0;
        }
    }

    /** The slowest answer to {@code /livez}; ten seconds where there was none. */
    long slowestMillis() {
        return slowestMillis;
    }

    /** Tells whether each look was answered. */
    boolean wasAnswered() {
        return slowestMillis < LONGEST_MILLIS;
    }

    /** The most memory that was resident at any look. */
    long residentKib() {
        return residentKib;
    }

    /** Lines in the log since it began to look. */
    long linesSince() throws IOException {
        return lines() - linesBefore;
    }

    @Override
    public void close() {
        isEnding = true;
        looking.interrupt();
    }
}
