package dev.entente.torture.siege;

import dev.entente.rig.ProcFs;
import dev.entente.rig.Ready;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Duration;

/** A monitor of a process from outside: its liveness, and its memory. */
final class ProcessMonitor implements AutoCloseable {
    private static final Duration PAUSE = Duration.ofMillis(100);
    /** Longer than any orchestrator would wait. */
    private static final int LONGEST_MILLIS = 10_000;

    private final Ready process;
    private final Thread looking;
    private volatile boolean isEnding;
    private volatile boolean wasAnswered = true;
    private volatile long residentKib;

    ProcessMonitor(Ready process) {
        this.process = process;
        looking = Thread.ofPlatform().name("process-monitor").daemon().start(this::watch);
    }

    private void watch() {
        while (!isEnding) {
            residentKib = Math.max(residentKib, ProcFs.statusKilobytes(process.pid(), "VmRSS:"));
            wasAnswered &= isAlive();
            try {
                Thread.sleep(PAUSE);
            } catch (InterruptedException ended) {
                return;
            }
        }
    }

    /** Probes on a new connection, like an orchestrator. */
    private boolean isAlive() {
        try {
            HttpURLConnection connection = (HttpURLConnection)
                    URI.create("http://" + process.http() + "/livez").toURL().openConnection();
            connection.setConnectTimeout(LONGEST_MILLIS);
            connection.setReadTimeout(LONGEST_MILLIS);
            connection.setRequestProperty("connection", "close");
            return connection.getResponseCode() == HttpURLConnection.HTTP_OK;
        } catch (IOException unanswered) {
            return isEnding;
        }
    }

    /** Returns whether each probe was answered within ten seconds. */
    boolean wasAnswered() {
        return wasAnswered;
    }

    /** Returns the largest resident memory of all samples. */
    long residentKib() {
        return residentKib;
    }

    @Override
    public void close() {
        isEnding = true;
        looking.interrupt();
    }
}
