package dev.entente.lab.sim;

import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/**
 * The contract with the statements for tables that are distributed by bucket, on a PostgreSQL that does not distribute them: what they do is
 * the same; whether Citus takes them is not asked here.
 */
class OneBucketStoreTest extends PostgresStoreTest {
    @BeforeAll
    static void startDatabase() throws IOException {
        options = "-c%20entente.distributed%3Don";
        PostgresStoreTest.startDatabase();
    }

    @AfterAll
    static void stopDatabase() throws IOException {
        PostgresStoreTest.stopDatabase();
        options = "";
    }
}
