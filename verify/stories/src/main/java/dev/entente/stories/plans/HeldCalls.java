package dev.entente.stories.plans;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import shop.v1.Fault;

/** Calls that participants on this machine hold until they are released, however long that takes. Thread-safe. */
public final class HeldCalls implements AutoCloseable {
    private final Path file;

    private HeldCalls(Path file) {
        this.file = file;
    }

    /** Holds, from now on, every call that has its {@link #fault}. */
    public static HeldCalls hold() throws IOException {
        return new HeldCalls(Files.createTempFile("entente-held-", ""));
    }

    /** What makes a participant hold a call. */
    public Fault fault() {
        return Fault.newBuilder().setHold(file.toString()).build();
    }

    /** Lets them go, and holds no more. */
    public void release() throws IOException {
        Files.deleteIfExists(file);
    }

    @Override
    public void close() throws IOException {
        release();
    }
}
