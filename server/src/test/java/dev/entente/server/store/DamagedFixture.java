package dev.entente.server.store;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A database for each test, of whose files a page can be overwritten. */
public abstract class DamagedFixture {
    public DamagedDatabase damaged;

    @TempDir
    private Path folder;

    @BeforeEach
    void start() throws IOException {
        damaged = new DamagedDatabase(folder);
    }

    @AfterEach
    void stop() throws IOException {
        damaged.close();
    }
}
