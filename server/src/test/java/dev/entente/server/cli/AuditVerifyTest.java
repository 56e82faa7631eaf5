package dev.entente.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.entente.server.app.LocalServer;
import dev.entente.server.app.Server;
import dev.entente.server.store.Database;
import dev.entente.server.store.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditVerifyTest {
    @TempDir
    private Path folder;

    @Test
    void a_coordinator_chains_its_audit_and_closes_the_chain_of_the_one_before() throws IOException {
        try (Database database = TestDatabase.migrated()) {
            Server first = LocalServer.start(LocalServer.settings(database.settings(), "n"));
            try {
                await(() -> TestDatabase.number(database, "select count(*) from audit_link") == 1);
            } finally {
                first.drain();
            }
            Server second = LocalServer.start(LocalServer.settings(database.settings(), "n"));
            try {
                await(() -> verify(database).out().contains("closed "));
            } finally {
                second.drain();
            }
            Cli held = verify(database);
            assertThat(held.exit()).isZero();
            assertThat(held.out()).contains("last   ", "closed ", "holds: ");

            String anchor = heads(verify(database, "--json").json()).getFirst();
            assertThat(verify(database, "--anchor", anchor).exit()).isZero();
            assertThat(verify(database, "--anchor", anchor.replaceAll(".{64}$", "0".repeat(64)))
                            .out())
                    .contains("ANCHOR", "DOES NOT HOLD");

            TestDatabase.execute(database, "update audit_entry set actor = 'eve' where act = 'start'");
            Cli changed = verify(database, "-o", "json");
            assertThat(changed.exit()).isEqualTo(1);
            assertThat(changed.json().get("holds").getAsBoolean()).isFalse();
            assertThat(changed.json().getAsJsonArray("findings").toString()).contains("\"kind\":\"CHANGED\"");
        }
    }

    @Test
    void a_malformed_anchor_is_wrong_usage_and_an_absent_database_is_not_reached() throws IOException {
        try (Database database = TestDatabase.migrated()) {
            Cli wrong = verify(database, "--anchor", "latest");
            assertThat(wrong.exit()).isEqualTo(2);
            assertThat(wrong.err()).contains("INCARNATION:SEQ:HASH");
        }
        assertThat(Cli.run("audit", "verify", "--jdbc", "jdbc:postgresql://127.0.0.1:1/none", "--user", "x")
                        .exit())
                .isEqualTo(3);
    }

    private static List<String> heads(JsonObject verdict) {
        return verdict.getAsJsonArray("heads").asList().stream()
                .map(JsonElement::getAsJsonObject)
                .map(head -> head.get("anchor").getAsString())
                .toList();
    }

    private Cli verify(Database database, String... more) throws IOException {
        Path password =
                Files.writeString(folder.resolve("pw"), database.settings().password());
        List<String> words = new ArrayList<>(List.of(
                "audit",
                "verify",
                "--jdbc",
                database.settings().jdbcUrl(),
                "--user",
                database.settings().user(),
                "--password-file",
                password.toString()));
        words.addAll(List.of(more));
        return Cli.run(words.toArray(String[]::new));
    }

    private static void await(Callable<Boolean> met) {
        Awaitility.await().until(met);
    }
}
