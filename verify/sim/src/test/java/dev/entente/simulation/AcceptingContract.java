package dev.entente.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.backends.PatientAwaits;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Parked;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.store.AcceptResult;
import dev.entente.server.store.FinishedRow;
import dev.entente.server.store.NewTransaction;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.Predecessor;
import dev.entente.server.store.RowWrite;
import dev.entente.server.store.WriteResult;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

/** The contract of every store for accepting transactions. */
abstract class AcceptingContract extends TwoIncarnations {
    @Test
    void an_accepted_transaction_is_owned_by_the_accepting_node() {
        assertThat(await(a.store().accept(running("g")))).isEqualTo(new AcceptResult.Accepted());
        OpenRow row = open("g");
        assertThat(row.owner()).isEqualTo(a.incarnation());
        assertThat(row.rev()).isZero();
        assertThat(row.dueAt()).isNull();
        assertThat(row.progress()).isNull();
        assertThat(row.plan()).isEqualTo(bytes("plan"));
        assertThat(row.state()).isEqualTo(TransactionState.RUNNING);
        assertThat(row.deadlineAt()).isNull();
    }

    @Test
    void a_begun_transaction_has_no_owner_and_is_due_at_its_deadline() {
        await(a.store().accept(begun("g", LATER)));
        OpenRow row = open("g");
        assertThat(row.owner()).isNull();
        assertThat(row.dueAt()).isEqualTo(row.createdAt().plus(LATER)).isEqualTo(row.deadlineAt());
    }

    @Test
    void accepting_a_gid_again_returns_the_stored_state() {
        await(a.store().accept(running("g")));
        AcceptResult known = new AcceptResult.Known(TransactionState.RUNNING, digest("g"), a.incarnation());
        assertThat(await(a.store().accept(running("g")))).isEqualTo(known);
        assertThat(await(b.store().accept(running("g")))).isEqualTo(known);
    }

    @Test
    void concurrent_accepts_of_a_gid_succeed_at_one_node_only() {
        for (int round = 0; round < 50; round++) {
            String gid = "g" + round;
            List<CompletableFuture<AcceptResult>> toA = new ArrayList<>();
            List<CompletableFuture<AcceptResult>> toB = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                toA.add(a.store().accept(running(gid)));
                toB.add(b.store().accept(running(gid)));
            }
            boolean isOwnedByA = isAnyAccepted(toA);
            assertThat(isAnyAccepted(toB)).isEqualTo(!isOwnedByA);
            assertThat(open(gid).owner()).isEqualTo(isOwnedByA ? a.incarnation() : b.incarnation());
        }
    }

    @Test
    void deliveries_of_a_queue_are_ordered_across_nodes() {
        await(a.store().accept(queued("g1", "line")));
        await(b.store().accept(queued("g2", "line")));
        await(b.store().accept(queued("g2", "line")));
        await(b.store().accept(queued("g3", "another line")));
        await(a.store().accept(queued("g4", "line")));

        assertThat(await(b.store().ahead("g1", "delivery-1"))).isNull();
        assertThat(gidAhead("g2")).isEqualTo("g1");
        assertThat(await(b.store().ahead("g3", "delivery-1"))).isNull();
        assertThat(gidAhead("g4")).isEqualTo("g2");
        await(a.store().write(finish("g1", 0)));
        Predecessor finished = await(a.store().ahead("g2", "delivery-1"));
        assertThat(finished).isNotNull();
        assertThat(finished.row()).isInstanceOf(FinishedRow.class);
    }

    @Test
    void finishing_a_delivery_makes_only_the_next_delivery_due() {
        for (String gid : List.of("head", "next", "last", "held")) {
            await(a.store().accept(queued(gid, gid.equals("held") ? "another line" : "line")));
        }
        await(a.store().write(rest("next", false, 0, LATER, null)));
        await(a.store().write(rest("last", false, 0, LATER, null)));
        assertThat(claimAll(b, 10)).isEmpty();

        await(a.store().write(releasing("held", 0)));
        assertThat(claimAll(b, 10)).isEmpty();
        await(a.store().write(releasing("head", 0)));

        assertThat(await(a.store().revs(List.of("head", "next", "last")))).isEqualTo(Map.of("next", 1L, "last", 1L));
        assertThat(claimAll(b, 10)).extracting(OpenRow::gid).containsExactly("next");
    }

    @Test
    void a_parked_row_behind_a_finished_delivery_is_not_claimed() {
        Parked mark = new Parked(ParkReason.BY_OPERATOR, "", Instant.EPOCH);
        await(a.store().accept(queued("head", "line")));
        await(a.store().accept(queued("parked", "line")));
        await(a.store().write(rest("parked", false, 0, LATER, mark)));

        await(a.store().write(releasing("head", 0)));

        assertThat(claimAll(b, 10)).isEmpty();
    }

    private static RowWrite releasing(String gid, long rev) {
        return new RowWrite(gid, false, rev, finish(gid, rev).change(), null, true);
    }

    @Test
    void concurrently_accepted_deliveries_form_one_queue() {
        List<CompletableFuture<AcceptResult>> answers = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            answers.add((i % 2 == 0 ? a : b).store().accept(queued("g" + i, "line")));
        }
        answers.forEach(StoreContract::await);

        Set<String> ahead = new HashSet<>();
        for (int i = 0; i < 40; i++) {
            Predecessor found = await(a.store().ahead("g" + i, "delivery-1"));
            assertThat(ahead.add(found == null ? "unknown" : found.gid()))
                    .as("g%d follows %s, as another does", i, found)
                    .isTrue();
        }
    }

    private String gidAhead(String gid) {
        Predecessor found = await(a.store().ahead(gid, "delivery-1"));
        assertThat(found).isNotNull();
        assertThat(found.row()).isEqualTo(open(found.gid()));
        return found.gid();
    }

    private static NewTransaction queued(String gid, String queue) {
        NewTransaction plain = running(gid);
        return new NewTransaction(
                gid,
                plain.pattern(),
                plain.state(),
                plain.name(),
                plain.labels(),
                plain.dueIn(),
                plain.deadlineIn(),
                plain.format(),
                plain.requestDigest(),
                plain.plan(),
                List.of(),
                List.of(new NewTransaction.Queue("delivery-1", queue)),
                null);
    }

    private static boolean isAnyAccepted(List<CompletableFuture<AcceptResult>> answers) {
        return answers.stream().map(StoreContract::await).toList().contains(new AcceptResult.Accepted());
    }

    @Test
    void a_finished_transaction_is_not_accepted_again() {
        await(a.store().accept(running("g")));
        await(a.store().write(finish("g", 0)));
        assertThat(await(b.store().accept(running("g"))))
                .isEqualTo(new AcceptResult.Known(TransactionState.SUCCEEDED, digest("g"), null));
        assertThat(await(a.store().read("g"))).isInstanceOf(FinishedRow.class);
    }

    @Test
    void accepting_during_a_finish_never_reopens_the_transaction() {
        for (int round = 0; round < 200; round++) {
            String gid = "g" + round;
            await(a.store().accept(running(gid)));
            CompletableFuture<WriteResult> finishing = a.store().write(finish(gid, 0));
            CompletableFuture<AcceptResult> accepting = b.store().accept(running(gid));
            assertThat(await(finishing)).isEqualTo(new WriteResult.Written(1));
            assertThat(await(accepting)).isInstanceOf(AcceptResult.Known.class);
            assertThat(await(b.store().read(gid))).isInstanceOf(FinishedRow.class);
        }
    }

    @Test
    void a_declared_dead_incarnation_accepts_nothing() {
        declareDead(a);
        assertThat(a.store().accept(running("g")))
                .failsWithin(PatientAwaits.BOUND)
                .withThrowableOfType(ExecutionException.class);
        assertThat(await(b.store().read("g"))).isNull();
    }

    @Test
    void labels_survive_a_second_accept_and_the_finish() {
        Map<String, String> labels = Map.of("customer", "42", "region", "eu");
        await(a.store().accept(labelled("g", labels, "g")));
        assertThat(labelsOf("g")).isEqualTo(labels);
        await(b.store().accept(labelled("g", Map.of("customer", "43"), "other content")));
        assertThat(labelsOf("g")).isEqualTo(labels);
        await(a.store().write(finish("g", 0)));
        assertThat(labelsOf("g")).isEqualTo(labels);
    }
}
