package dev.entente.stories.plans;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import shop.v1.Fault;

/** Calls that participants on this machine hold until they are released, without a time limit. Thread-safe. */
public final class HeldCalls implements AutoCloseable {
    private final Path file;

    private HeldCalls(Path file) {
        this.file = file;
    }

    /** Holds, from now on, each call that contains this object's {@link #fault}. */
    public static HeldCalls hold() throws IOException {
        return new HeldCalls(Files.createTempFile("entente-held-", ""));
    }

    /** Returns the fault that makes a participant hold a call. */
    public Fault fault() {
        return Fault.newBuilder().setHold(file.toString()).build();
    }

    /** Releases the calls, and holds no further calls. */
    public void release() throws IOException {
        Files.deleteIfExists(file);
    }

    @Override
    public void close() throws IOException {
        release();
    }
}
