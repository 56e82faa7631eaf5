package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Duration;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import dev.entente.server.cli.Cli;
import dev.entente.v1.CallPolicy;
import dev.entente.v1.Operation;
import dev.entente.v1.Transaction;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The changes that a real server reports for a running transaction. */
class ReportedChangesTest {
    /** Short, because an operation on a transaction with a hanging call gets its response when the call ends. */
    private static final Duration CALL_TIMEOUT = Durations.fromSeconds(3);

    private static ExampleParticipant participant;
    private static LocalCoordinator server;

    @BeforeAll
    static void start() throws IOException {
        participant = ExampleParticipant.start();
        server = LocalCoordinator.start("participants.any.target", participant.target());
    }

    @AfterAll
    static void stop() {
        participant.close();
        server.close();
    }

    private static void submit(String gid, Instant startTime, String method) {
        Operation call = SamplePlans.call("any/example.v1.Example/" + method).toBuilder()
                .setPolicy(CallPolicy.newBuilder().setTimeout(CALL_TIMEOUT))
                .build();
        server.submit(SamplePlans.oneStep(gid, call).toBuilder()
                .setStartTime(Timestamps.fromMillis(startTime.toEpochMilli()))
                .build());
    }

    @Test
    void a_watch_reports_a_scheduled_transaction_once_before_it_starts() {
        List<Transaction> reported = List.of();
        // On a busy machine a transaction may start before the watch begins; then the next transaction starts later.
        for (int seconds = 1; seconds <= 64 && !containsState(reported, Transaction.State.SCHEDULED); seconds *= 2) {
            String gid = "later-" + seconds;
            submit(gid, Instant.now().plusSeconds(seconds), "Do");
            reported = watched(gid);
        }
        assertThat(reported)
                .as("%s", reported)
                .filteredOn(transaction -> transaction.getState() == Transaction.State.SCHEDULED)
                .hasSize(1);
        assertThat(reported).extracting(Transaction::getRevision).doesNotHaveDuplicates();
        assertThat(reported.getLast().getState()).isEqualTo(Transaction.State.SUCCEEDED);
    }

    private static List<Transaction> watched(String gid) {
        List<Transaction> reported = new ArrayList<>();
        server.watch(gid).forEachRemaining(reported::add);
        return reported;
    }

    private static boolean containsState(List<Transaction> reported, Transaction.State state) {
        return reported.stream().anyMatch(transaction -> transaction.getState() == state);
    }

    @Test
    void the_timeline_shows_a_state_only_where_it_changes() {
        submit("stuck", Instant.EPOCH, "Hang");
        String target = server.target();
        assertThat(Cli.run("tx", "park", "stuck", "--target", target, "--reason", "to see")
                        .exit())
                .isZero();
        assertThat(Cli.run("tx", "resume", "stuck", "--target", target, "--reason", "seen")
                        .exit())
                .isZero();
        String reported = Cli.at(target, "tx describe stuck").out();
        assertThat(reported)
                .contains("ACCEPTED → RUNNING")
                .contains("PARKED BY_OPERATOR: to see by ")
                .contains("RESUMED: ");
        assertThat(reported.split("→ RUNNING", -1)).hasSize(2);
    }
}
