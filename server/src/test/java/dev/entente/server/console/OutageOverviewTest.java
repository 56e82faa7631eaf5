package dev.entente.server.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.backends.LoopbackPorts;
import dev.entente.server.app.LocalCoordinator;
import dev.entente.server.app.SamplePlans;
import dev.entente.server.store.DatabaseSettings;
import dev.entente.server.store.TestDatabase;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import org.junit.jupiter.api.Test;

/** The overview of a coordinator while a participant, which another coordinator calls, is unreachable. */
class OutageOverviewTest {
    private static final int SAGAS = 25; // more than opens the circuit
    private static final String LIST = "transactions?only=open&participant=gone";

    private static LocalCoordinator start(DatabaseSettings database, String node) {
        String closed = "http://127.0.0.1:" + LoopbackPorts.next();
        return LocalCoordinator.start(database, node, "participants.gone.target", closed);
    }

    private static String page(LocalCoordinator asked, String path) {
        String html = new Browser().get(asked, path).body();
        MarkupRules.verify(html);
        return html;
    }

    private static void verify(String overview) {
        assertThat(overview.replaceAll("\\s+", " "))
                .contains("<ul class=\"attention\"> <li><a href=\"" + LIST.replace("&", "&amp;") + "#rows\">")
                .containsSubsequence(
                        "Does not respond", ">" + SAGAS + "<", "transactions wait for gone", "id=\"open\"");
    }

    @Test
    void the_outage_is_the_first_item_and_remains_with_its_time_while_the_database_is_stuck() throws Exception {
        DatabaseSettings database = TestDatabase.withSchema();
        try (LocalCoordinator calling = start(database, "node-a");
                LocalCoordinator asked = start(database, "node-b");
                Connection connection =
                        DriverManager.getConnection(database.jdbcUrl(), database.user(), database.password());
                Statement statement = connection.createStatement()) {
            for (int i = 0; i < SAGAS; i++) {
                calling.submit(SamplePlans.oneStep("waits-" + i, SamplePlans.http("gone", "/a")));
            }
            asked.submit(SamplePlans.asking("other"));
            await().untilAsserted(() -> verify(page(asked, "")));
            assertThat(asked.number("select count(*) from open_transaction where gid like 'waits-%'"))
                    .isEqualTo(SAGAS);
            assertThat(page(asked, LIST)).contains(">" + SAGAS + "<").doesNotContain("gid=other");

            connection.setAutoCommit(false);
            statement.execute("lock table open_transaction, coordinator, minute_count in access exclusive mode");
            await().untilAsserted(() -> {
                String stuck = page(asked, "");
                verify(stuck);
                assertThat(stuck)
                        .containsPattern("<strong>As of \\d\\d:\\d\\d:\\d\\d UTC, ")
                        .doesNotContain("class=\"failed\"");
            });
            connection.rollback();
            await().untilAsserted(() -> assertThat(page(asked, "")).doesNotContain("<strong>As of "));
        }
    }
}
