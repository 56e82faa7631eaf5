package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.server.cli.Cli;
import dev.entente.server.store.DatabaseSettings;
import dev.entente.server.store.TestDatabase;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Follows docs/restore.md with a complete copy of the database. Like a volume snapshot, the copy has no new database
 * timeline. Each release waits for the duration of a lease.
 */
@Execution(ExecutionMode.CONCURRENT)
class RestoreTest {
    private static Server start(DatabaseSettings database, ExampleParticipant shop, boolean parksAll) {
        Map<String, String> settings = LocalServer.settings(database, "a");
        settings.put("drain", "100ms");
        settings.put("participants.shop.target", shop.target());
        return Server.start(LocalServer.configuration(settings, LocalServer.TIMES), parksAll);
    }

    private static String plan(String gid) {
        return """
            {"gid":"%s","name":"big-order","saga":{"steps":[
              {"id":"manager","approval":{"prompt":"?","within":"86400s"}},
              {"id":"pay","no_undo":true,"action":{"grpc":"shop/a.Shop/Pay","raw":""}}]}}\
            """.formatted(gid);
    }

    private static void submit(String gid, String target) {
        assertThat(Cli.fed(plan(gid), "tx", "submit", "-f", "-", "--target", target)
                        .exit())
                .isZero();
        Awaitility.await()
                .until(() -> Cli.at(target, "tx list --awaiting-approval").out().contains(gid));
    }

    private static String described(String gid, String target) {
        return Cli.at(target, "tx describe " + gid).out();
    }

    /** Submits a transaction that parks because of its participant's answer, then parks it as an operator. */
    private static void submitMisconfigured(String gid, String target) {
        String misconfigured = """
            {"gid":"%s","name":"odd","saga":{"steps":[
              {"id":"pay","no_undo":true,"action":{"grpc":"shop/a.Shop/Nothing","raw":""}}]}}\
            """.formatted(gid);
        assertThat(Cli.fed(misconfigured, "tx", "submit", "-f", "-", "--target", target)
                        .exit())
                .isZero();
        Awaitility.await().until(() -> described(gid, target).contains("parked as TARGET_MISCONFIGURED"));
        assertThat(Cli.run("tx", "park", gid, "--reason", "hands off", "--target", target)
                        .exit())
                .isZero();
    }

    /** Copies all data committed at one moment, like a snapshot. */
    private static DatabaseSettings snapshot(DatabaseSettings of) {
        int slash = of.jdbcUrl().lastIndexOf('/');
        String name = of.jdbcUrl().substring(slash + 1).replaceFirst("\\?.*", "");
        String copy = name + "_restored";
        TestDatabase.execute(
                of.jdbcUrl().replace("/" + name, "/postgres"), "create database " + copy + " template " + name);
        return new DatabaseSettings(
                of.jdbcUrl().replace("/" + name, "/" + copy),
                of.user(),
                of.secret(),
                of.poolSize(),
                true,
                of.timeout());
    }

    @Test
    void a_transaction_parked_before_the_restore_shows_both_reasons_until_release() throws Exception {
        try (ExampleParticipant shop = ExampleParticipant.start()) {
            DatabaseSettings original = TestDatabase.withSchema();
            Server before = start(original, shop, false);
            submitMisconfigured("r-3", before.ready().grpc());
            before.drain();
            Server restored = start(snapshot(original), shop, true);
            try {
                String target = restored.ready().grpc();
                String both = "parked as RESTORED: the server was started with --park-all; parked before as"
                        + " TARGET_MISCONFIGURED: ";
                assertThat(described("r-3", target)).contains(both, "entente recover", "hands off");
                assertThat(Cli.at(target, "tx list --parked").out()).contains(both);
                assertThat(Cli.at(target, "tx retry r-3").err()).contains("ENT-045", "RESTORED");
                Cli.at(target, "recover --yes --reason compared");
                assertThat(described("r-3", target))
                        .contains("parked as TARGET_MISCONFIGURED", "hands off")
                        .doesNotContain("RESTORED");
            } finally {
                restored.drain();
            }
        }
    }

    @Test
    void a_restored_transaction_stays_parked_until_release_and_then_continues() throws Exception {
        try (ExampleParticipant shop = ExampleParticipant.start()) {
            DatabaseSettings original = TestDatabase.withSchema();
            Server before = start(original, shop, false);
            submit("r-1", before.ready().grpc());
            before.drain();
            Server restored = start(snapshot(original), shop, true);
            try {
                String target = restored.ready().grpc();
                assertThat(Cli.at(target, "tx list --parked").out())
                        .contains("r-1", "parked as RESTORED", "entente recover");
                Cli early = Cli.at(target, "tx approve r-1 manager");
                assertThat(early.exit()).isEqualTo(4);
                assertThat(early.err()).contains("ENT-045", "RESTORED");
                submit("r-2", target);

                assertThat(Cli.at(target, "recover --yes --reason compared").out())
                        .contains("1 released");
                for (String gid : new String[] {"r-1", "r-2"}) {
                    Awaitility.await()
                            .until(() -> Cli.at(target, "tx approve " + gid + " manager")
                                            .exit()
                                    == 0);
                    assertThat(Cli.at(target, "tx describe " + gid + " --wait 5m")
                                    .out())
                            .contains("SUCCEEDED");
                }
            } finally {
                restored.drain();
            }
        }
    }
}
