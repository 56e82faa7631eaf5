package dev.entente.server.app;

import static dev.entente.server.app.WhatItWaitsForTest.listed;
import static dev.entente.server.app.WhatItWaitsForTest.of;
import static dev.entente.server.app.WhatItWaitsForTest.told;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entente.backends.LoopbackPorts;
import dev.entente.server.cli.Cli;
import dev.entente.server.store.AliveLock;
import dev.entente.server.store.DatabaseSettings;
import dev.entente.v1.ListTransactionsResponse;
import dev.entente.v1.LookAtWaitingRequest;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionFilter;
import dev.entente.v1.Waiting;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What is waited for at other coordinators: at their word, without it, and once they have died. */
class WaitsElsewhereTest {
    private static LocalCoordinator server;

    @BeforeAll
    static void start() {
        server = LocalCoordinator.start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void only_coordinators_look_into_each_others_memory() {
        assertThatThrownBy(() -> server.transactions().lookAtWaiting(LookAtWaitingRequest.getDefaultInstance()))
                .isInstanceOf(StatusRuntimeException.class)
                .hasMessageContaining("ENT-061");
    }

    @Test
    void an_owner_that_does_not_answer_is_named() throws SQLException {
        server.submit(SamplePlans.asking("mute"));
        told(server, "mute", Waiting.Kind.APPROVAL, "manager");
        server.execute("insert into coordinator (incarnation, node, address, beat_at, version) values"
                + " (4711, 'node-mute', '127.0.0.1:" + LoopbackPorts.next() + "', now(), 'x')");
        server.execute("update open_transaction set owner = 4711, due_at = null where gid = 'mute'");

        DatabaseSettings database = server.database;
        try (Connection alive = DriverManager.getConnection(database.jdbcUrl(), database.user(), database.password());
                Statement lock = alive.createStatement()) {
            lock.execute("select pg_advisory_lock(%d, %d)".formatted(AliveLock.SPACE, AliveLock.key(4711)));
            ListTransactionsResponse page = listed(
                    server, TransactionFilter.newBuilder().setGidPrefix("mute").build());
            assertThat(page.getUnansweredList()).containsExactly("node-mute");
            assertThat(page.getTransactions(0).getWaiting())
                    .returns(Waiting.Kind.APPROVAL, Waiting::getKind)
                    .returns(true, Waiting::getAsLastWritten);
            assertThat(server.get("mute"))
                    .returns("node-mute", Transaction::getCoordinator)
                    .returns(true, mute -> mute.getWaiting().getAsLastWritten());
            assertThat(Cli.at(server.target(), "tx list --gid-prefix mute").err())
                    .contains("no answer from node-mute");
        }
        told(server, "mute", Waiting.Kind.DEAD_OWNER, "node-mute holds it");
    }

    @Test
    void another_coordinator_tells_of_what_it_holds() throws IOException {
        try (TwoCoordinators both = new TwoCoordinators(null, null)) {
            both.second.submit(SamplePlans.oneStep("theirs", SamplePlans.call("stock/a.Shop/Hang")));
            assertThat(told(both.first, "theirs", Waiting.Kind.CALLING, "for stock's answer")
                            .getAsLastWritten())
                    .isFalse();
            assertThat(listed(both.first, of("theirs", Waiting.Kind.CALLING)).getUnansweredList())
                    .isEmpty();
        }
    }

    @Test
    void what_finds_no_room_waits_for_room() throws IOException {
        try (ExampleParticipant stock = ExampleParticipant.start();
                LocalCoordinator full = LocalCoordinator.start(fourParticipants(stock.target()))) {
            for (int i = 0; i < 4; i++) {
                full.submit(SamplePlans.oneStep("full-" + i, SamplePlans.call("stock" + i + "/a.Shop/Hang")));
                told(full, "full-" + i, Waiting.Kind.CALLING, "for stock" + i + "'s answer");
            }
            full.submit(SamplePlans.oneStep("untaken", SamplePlans.call("stock0/a.Shop/Hang")));
            told(full, "untaken", Waiting.Kind.NO_ROOM, "and no coordinator has room for it");
            full.execute("update open_transaction set held_back_by = 'stock0' where gid = 'untaken'");
            told(full, "untaken", Waiting.Kind.NO_ROOM, "too many wait on stock0 already");
        }
    }

    private static String[] fourParticipants(String target) {
        Stream<String> targets =
                IntStream.range(0, 4).boxed().flatMap(i -> Stream.of("participants.stock" + i + ".target", target));
        return Stream.concat(Stream.of("limits.open", "4", "calls.timeout", "1h"), targets)
                .toArray(String[]::new);
    }
}
