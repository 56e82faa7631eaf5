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
 * Follows docs/restore.md with a copy of the whole database, which has no timeline of its own, as a volume's snapshot
 * has none. Each release waits for as long as a lease.
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

    /** Its receiver answers so that no retry can help; an operator has parked it, too. */
    private static void submitWrong(String gid, String target) {
        String wrong = """
            {"gid":"%s","name":"odd","saga":{"steps":[
              {"id":"pay","no_undo":true,"action":{"grpc":"shop/a.Shop/Nothing","raw":""}}]}}\
            """.formatted(gid);
        assertThat(Cli.fed(wrong, "tx", "submit", "-f", "-", "--target", target).exit())
                .isZero();
        Awaitility.await().until(() -> described(gid, target).contains("parked as TARGET_MISCONFIGURED"));
        assertThat(Cli.run("tx", "park", gid, "--reason", "hands off", "--target", target)
                        .exit())
                .isZero();
    }

    /** As a snapshot: everything that was committed, at one moment. */
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
                of.patience());
    }

    @Test
    void what_was_parked_before_shows_both_reasons_until_it_is_released_and_then_its_own() throws Exception {
        try (ExampleParticipant shop = ExampleParticipant.start()) {
            DatabaseSettings original = TestDatabase.withSchema();
            Server before = start(original, shop, false);
            submitWrong("r-3", before.ready().grpc());
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
    void what_was_restored_stands_still_until_it_is_released_and_then_goes_on() throws Exception {
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
