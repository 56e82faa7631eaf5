package dev.entente.lab.sim;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.server.codec.PlanCodec;
import dev.entente.server.store.AcceptResult;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.FinishedRow;
import dev.entente.server.store.Membership;
import dev.entente.server.store.NewTransaction;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.RowWrite;
import dev.entente.server.store.StoredTransaction;
import dev.entente.server.store.TransactionStore;
import dev.entente.server.store.WriteResult;
import dev.entente.server.transaction.ParkReason;
import dev.entente.server.transaction.Parked;
import dev.entente.server.transaction.Pattern;
import dev.entente.server.transaction.TransactionState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every store promises. The tests against PostgreSQL and against the store in memory are these, so that a simulation means something. */
abstract class StoreContract {
    /** One incarnation on the shared database. */
    record Node(TransactionStore store, Membership membership) {
        long incarnation() {
            return store.incarnation();
        }
    }

    private static final Duration LATER = Duration.ofHours(1);
    private static final int MANY = 1 << 20;

    private final ExecutorService threads = Executors.newFixedThreadPool(4);
    private Node a;
    private Node b;

    /** A new incarnation; all of one test share a database that was empty before it. */
    abstract Node join(String node);

    abstract List<AuditRecord> auditEntries();

    abstract Map<String, String> labelsOf(String gid);

    @BeforeEach
    void joinTwo() {
        a = join("a");
        b = join("b");
    }

    @AfterEach
    void endThreads() {
        threads.shutdownNow();
    }

    // ---- accepting ----

    @Test
    void an_accepted_transaction_is_its_acceptors() {
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
    void a_begun_transaction_is_nobodys_and_due_at_its_deadline() {
        await(a.store().accept(begun("g", LATER)));
        OpenRow row = open("g");
        assertThat(row.owner()).isNull();
        assertThat(row.dueAt()).isEqualTo(row.createdAt().plus(LATER)).isEqualTo(row.deadlineAt());
    }

    @Test
    void accepting_again_answers_with_what_stands() {
        await(a.store().accept(running("g")));
        AcceptResult known = new AcceptResult.Known(TransactionState.RUNNING, digest("g"), a.incarnation());
        assertThat(await(a.store().accept(running("g")))).isEqualTo(known);
        assertThat(await(b.store().accept(running("g")))).isEqualTo(known);
    }

    @Test
    void one_gid_accepted_many_times_at_once_is_accepted_at_one_node() {
        for (int round = 0; round < 50; round++) {
            String gid = "g" + round;
            List<CompletableFuture<AcceptResult>> toA = new ArrayList<>();
            List<CompletableFuture<AcceptResult>> toB = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                toA.add(a.store().accept(running(gid)));
                toB.add(b.store().accept(running(gid)));
            }
            boolean isAs = isAnyAccepted(toA);
            assertThat(isAnyAccepted(toB)).isEqualTo(!isAs);
            assertThat(open(gid).owner()).isEqualTo(isAs ? a.incarnation() : b.incarnation());
        }
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
    void accepting_while_another_finishes_it_never_brings_it_back() {
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
        assertThat(a.store().accept(running("g"))).failsWithin(Duration.ofSeconds(30));
        assertThat(await(b.store().read("g"))).isNull();
    }

    @Test
    void labels_are_kept_while_the_row_is() {
        Map<String, String> labels = Map.of("customer", "42", "region", "eu");
        await(a.store().accept(labelled("g", labels, "g")));
        assertThat(labelsOf("g")).isEqualTo(labels);
        await(b.store().accept(labelled("g", Map.of("customer", "43"), "other content")));
        assertThat(labelsOf("g")).isEqualTo(labels);
        await(a.store().write(finish("g", 0)));
        assertThat(labelsOf("g")).isEqualTo(labels);
    }

    // ---- writing ----

    @Test
    void each_write_moves_the_rev_by_one() {
        await(a.store().accept(running("g")));
        assertThat(await(a.store().write(flush("g", 0, "p1")))).isEqualTo(new WriteResult.Written(1));
        assertThat(await(a.store().write(flush("g", 1, "p2")))).isEqualTo(new WriteResult.Written(2));
        assertThat(open("g").progress()).isEqualTo(bytes("p2"));
        assertThat(open("g").rev()).isEqualTo(2);
    }

    @Test
    void a_write_at_another_rev_is_lost() {
        await(a.store().accept(running("g")));
        assertThat(await(a.store().write(flush("g", 1, "p")))).isEqualTo(new WriteResult.Lost());
        assertThat(await(a.store().write(finish("g", 1)))).isEqualTo(new WriteResult.Lost());
        assertThat(await(a.store().write(rest("g", false, 1, LATER, null)))).isEqualTo(new WriteResult.Lost());
        assertThat(open("g").progress()).isNull();
    }

    @Test
    void a_superseded_incarnations_writes_change_nothing() {
        for (String gid : List.of("g1", "g2", "g3")) {
            await(a.store().accept(running(gid)));
        }
        declareDead(a);
        assertThat(await(b.store().adopt(a.incarnation(), "", 10))).hasSize(3);
        for (long rev = 0; rev < 3; rev++) {
            assertThat(await(a.store().write(flush("g1", rev, "zombie")))).isEqualTo(new WriteResult.Lost());
            assertThat(await(a.store().write(rest("g2", false, rev, LATER, null))))
                    .isEqualTo(new WriteResult.Lost());
            assertThat(await(a.store().write(finish("g3", rev)))).isEqualTo(new WriteResult.Lost());
            assertThat(await(a.store().write(flush("g1", true, rev, "zombie")))).isEqualTo(new WriteResult.Lost());
        }
        for (String gid : List.of("g1", "g2", "g3")) {
            assertThat(open(gid).owner()).isEqualTo(b.incarnation());
            assertThat(open(gid).progress()).isNull();
        }
    }

    @Test
    void an_appended_branch_stands_behind_the_plan() {
        await(a.store().accept(running("g")));
        RowWrite.Flush flush =
                new RowWrite.Flush(TransactionState.RUNNING, bytes("p"), bytes("+branch"), false, "stock");
        await(a.store().write(new RowWrite("g", false, 0, flush, null)));
        assertThat(open("g").plan()).isEqualTo(bytes("plan+branch"));
        assertThat(open("g").waitingOn()).isEqualTo("stock");
    }

    @Test
    void finishing_moves_the_row() {
        await(a.store().accept(running("g")));
        OpenRow before = open("g");
        await(a.store().write(finish("g", 0)));
        FinishedRow after = (FinishedRow) Objects.requireNonNull(await(a.store().read("g")));
        assertThat(after.state()).isEqualTo(TransactionState.SUCCEEDED);
        assertThat(after.createdAt()).isEqualTo(before.createdAt());
        assertThat(after.finishedAt()).isAfterOrEqualTo(before.createdAt());
        assertThat(after.requestDigest()).isEqualTo(before.requestDigest());
        assertThat(after.result()).isEqualTo(bytes("result"));
        assertThat(after.outline()).isEqualTo(bytes("outline"));
        assertThat(after.history()).isEqualTo(bytes("history of g"));
        assertThat(await(a.store().write(finish("g", 1)))).isEqualTo(new WriteResult.Lost());
    }

    @Test
    void what_is_not_known_reads_as_nothing() {
        assertThat(await(a.store().read("nobody"))).isNull();
    }

    // ---- resting and claiming ----

    @Test
    void a_rested_row_is_claimed_when_it_is_due() {
        await(a.store().accept(running("g")));
        await(a.store().write(rest("g", false, 0, Duration.ZERO, null)));
        assertThat(open("g").owner()).isNull();
        OpenRow claimed = claimAll(b, 10).getFirst();
        assertThat(claimed.owner()).isEqualTo(b.incarnation());
        assertThat(claimed.rev()).isEqualTo(2);
        assertThat(claimed.adoptions()).isEqualTo(1);
        assertThat(claimed.progress()).isEqualTo(bytes("rested"));
        assertThat(claimAll(a, 10)).isEmpty();
    }

    @Test
    void what_is_not_due_is_not_claimed() {
        await(a.store().accept(running("g")));
        await(a.store().write(rest("g", false, 0, LATER, null)));
        assertThat(await(b.store().dueBuckets())).isEmpty();
        assertThat(claimAll(b, 10)).isEmpty();
    }

    @Test
    void a_parked_row_without_a_due_time_waits_for_an_act() {
        await(a.store().accept(running("g")));
        Parked mark = new Parked(ParkReason.UNDO_EXHAUSTED, "stock: gone: for good", Instant.EPOCH);
        await(a.store().write(rest("g", false, 0, null, mark)));
        OpenRow parked = open("g");
        Parked stored = Objects.requireNonNull(parked.parked());
        assertThat(stored.reason()).isEqualTo(mark.reason());
        assertThat(stored.detail()).isEqualTo(mark.detail());
        assertThat(stored.since()).isAfterOrEqualTo(parked.createdAt());
        assertThat(claimAll(b, 10)).isEmpty();

        assertThat(await(b.store().write(flush("g", true, 0, "act")))).isEqualTo(new WriteResult.Lost());
        assertThat(await(b.store().write(flush("g", true, 1, "act")))).isEqualTo(new WriteResult.Written(2));
        assertThat(open("g").owner()).isEqualTo(b.incarnation());
        assertThat(open("g").parked()).isNull();
    }

    @Test
    void an_act_takes_a_row_that_nobody_holds_and_only_one_does() {
        for (int round = 0; round < 100; round++) {
            String gid = "g" + round;
            await(a.store().accept(begun(gid, LATER)));
            CompletableFuture<WriteResult> first = a.store().write(flush(gid, true, 0, "by a"));
            CompletableFuture<WriteResult> second = b.store().write(flush(gid, true, 0, "by b"));
            List<WriteResult> answers = List.of(await(first), await(second));
            assertThat(answers).containsExactlyInAnyOrder(new WriteResult.Written(1), new WriteResult.Lost());
            Node winner = answers.getFirst() instanceof WriteResult.Written ? a : b;
            assertThat(open(gid).owner()).isEqualTo(winner.incarnation());
        }
    }

    @Test
    void an_act_on_a_held_row_is_lost() {
        await(a.store().accept(running("g")));
        assertThat(await(b.store().write(flush("g", true, 0, "act")))).isEqualTo(new WriteResult.Lost());
        assertThat(await(a.store().write(flush("g", true, 0, "act")))).isEqualTo(new WriteResult.Lost());
    }

    @Test
    void an_act_may_finish_or_rest_a_row_that_nobody_holds() {
        await(a.store().accept(begun("g1", LATER)));
        await(a.store().accept(begun("g2", LATER)));
        RowWrite finish = finish("g1", 0);
        assertThat(await(b.store().write(new RowWrite("g1", true, 0, finish.change(), null))))
                .isEqualTo(new WriteResult.Written(1));
        assertThat(await(b.store().write(rest("g2", true, 0, LATER, null)))).isEqualTo(new WriteResult.Written(1));
        assertThat(await(a.store().read("g1"))).isInstanceOf(FinishedRow.class);
        assertThat(open("g2").owner()).isNull();
    }

    @Test
    void a_claim_and_an_act_never_both_get_the_row() {
        for (int round = 0; round < 100; round++) {
            String gid = "g" + round;
            await(a.store().accept(begun(gid, Duration.ZERO)));
            CompletableFuture<WriteResult> act = a.store().write(flush(gid, true, 0, "act"));
            List<OpenRow> claimed = claimAll(b, 10);
            boolean isActWritten = await(act) instanceof WriteResult.Written;
            assertThat(isActWritten).isEqualTo(claimed.isEmpty());
        }
    }

    @Test
    void claims_without_progress_are_counted_until_there_is_some() {
        await(a.store().accept(begun("g", Duration.ZERO)));
        assertThat(claimAll(a, 10).getFirst().adoptions()).isEqualTo(1);
        declareDead(a);
        OpenRow adopted = await(b.store().adopt(a.incarnation(), "", 10)).getFirst();
        assertThat(adopted.adoptions()).isEqualTo(2);
        await(b.store().write(flush("g", adopted.rev(), "no call finished")));
        assertThat(open("g").adoptions()).isEqualTo(2);
        RowWrite.Flush progress = new RowWrite.Flush(TransactionState.RUNNING, bytes("p"), null, true, null);
        await(b.store().write(new RowWrite("g", false, adopted.rev() + 1, progress, null)));
        assertThat(open("g").adoptions()).isZero();
    }

    @Test
    void claims_take_the_oldest_first_and_no_more_than_asked() {
        for (int i = 0; i < 30; i++) {
            await(a.store().accept(begun("g" + i, Duration.ZERO)));
        }
        for (int bucket : await(b.store().dueBuckets())) {
            List<OpenRow> first = await(b.store().claimDue(bucket, 1));
            assertThat(first).hasSize(1);
            for (OpenRow later : await(b.store().claimDue(bucket, 100))) {
                assertThat(later.createdAt()).isAfterOrEqualTo(first.getFirst().createdAt());
            }
        }
        assertThat(await(a.store().dueBuckets())).isEmpty();
    }

    @Test
    void concurrent_claimants_take_disjoint_rows_and_all_of_them() {
        for (int i = 0; i < 400; i++) {
            await(a.store().accept(begun("g" + i, Duration.ZERO)));
        }
        CompletableFuture<List<String>> byA = CompletableFuture.supplyAsync(() -> gids(claimAll(a, 7)), threads);
        CompletableFuture<List<String>> byB = CompletableFuture.supplyAsync(() -> gids(claimAll(b, 7)), threads);
        assertDisjointAndAll(await(byA), await(byB), 400);
    }

    // ---- adopting ----

    @Test
    void rows_of_a_living_incarnation_are_not_adopted() {
        await(a.store().accept(running("g")));
        assertThat(await(b.store().adopt(a.incarnation(), "", 10))).isEmpty();
    }

    @Test
    void rows_in_a_newer_format_are_left_to_newer_coordinators() {
        for (Duration dueIn : new Duration[] {null, Duration.ZERO}) {
            NewTransaction known = running("g" + dueIn);
            await(a.store()
                    .accept(new NewTransaction(
                            known.gid(),
                            known.pattern(),
                            known.state(),
                            known.name(),
                            known.labels(),
                            dueIn,
                            null,
                            PlanCodec.FORMAT + 1,
                            known.requestDigest(),
                            known.plan())));
        }
        declareDead(a);
        assertThat(await(b.store().dueBuckets())).isEmpty();
        assertThat(await(b.store().adopt(a.incarnation(), "", 10))).isEmpty();
        assertThat(peer(a).deadAt()).isNotNull();
    }

    @Test
    void adopted_rows_come_in_gid_order_with_a_new_fence() {
        for (int i = 0; i < 30; i++) {
            await(a.store().accept(running("g" + i)));
        }
        declareDead(a);
        List<OpenRow> first = await(b.store().adopt(a.incarnation(), "", 20));
        List<OpenRow> rest =
                await(b.store().adopt(a.incarnation(), first.getLast().gid(), 20));
        assertThat(first).hasSize(20);
        assertThat(rest).hasSize(10);
        assertThat(gids(first)).isSorted();
        assertThat(first)
                .allMatch(
                        row -> row.rev() == 1 && row.adoptions() == 1 && Objects.equals(row.owner(), b.incarnation()));
        assertThat(gids(await(b.store().owned("", 100)))).hasSize(30).isSorted();
        assertThat(await(b.store().owned(first.getLast().gid(), 100))).hasSize(10);
    }

    @Test
    void concurrent_adopters_take_disjoint_rows_and_all_of_them() {
        Node c = join("c");
        for (int i = 0; i < 400; i++) {
            await(a.store().accept(running("g" + i)));
        }
        declareDead(a);
        CompletableFuture<List<String>> byB = CompletableFuture.supplyAsync(() -> adoptAll(b, a), threads);
        CompletableFuture<List<String>> byC = CompletableFuture.supplyAsync(() -> adoptAll(c, a), threads);
        assertDisjointAndAll(await(byB), await(byC), 400);
    }

    private static List<String> adoptAll(Node adopter, Node dead) {
        List<String> taken = new ArrayList<>();
        for (List<OpenRow> rows = await(adopter.store().adopt(dead.incarnation(), "", 9));
                !rows.isEmpty();
                rows = await(adopter.store().adopt(dead.incarnation(), "", 9))) {
            taken.addAll(gids(rows));
        }
        return taken;
    }

    private void assertDisjointAndAll(List<String> one, List<String> other, int count) {
        Set<String> all = new HashSet<>(one);
        all.addAll(other);
        assertThat(one.size() + other.size()).isEqualTo(all.size());
        // A pass may skip rows that the other was just taking; nobody is left after one more.
        all.addAll(gids(claimAll(b, 50)));
        assertThat(all).hasSizeLessThanOrEqualTo(count);
        assertThat(gids(await(a.store().owned("", 1000)))).allMatch(all::contains);
        assertThat(all).hasSize(count);
    }

    // ---- registering ----

    @Test
    void a_branch_is_registered_while_nobody_has_decided() {
        await(a.store().accept(begun("g", LATER)));
        assertThat(await(b.store().register("g", bytes("+1"), MANY))).isEqualTo(bytes("plan+1"));
        assertThat(await(a.store().register("g", bytes("+2"), MANY))).isEqualTo(bytes("plan+1+2"));
        assertThat(open("g").rev()).isEqualTo(2);
        assertThat(await(a.store().register("g", bytes("+3"), 9))).isNull();
        await(a.store().write(flush("g", true, 2, "decided")));
        assertThat(await(b.store().register("g", bytes("+3"), MANY))).isNull();
        assertThat(await(b.store().register("nobody", bytes("+3"), MANY))).isNull();
    }

    @Test
    void a_parked_row_takes_no_branch() {
        await(a.store().accept(begun("g", LATER)));
        Parked mark = new Parked(ParkReason.BY_OPERATOR, "", Instant.EPOCH);
        RowWrite.Rest rest = new RowWrite.Rest(TransactionState.BEGUN, bytes("p"), LATER, mark, null);
        await(a.store().write(new RowWrite("g", true, 0, rest, null)));
        assertThat(await(b.store().register("g", bytes("+1"), MANY))).isNull();
    }

    /** The decider commits what it has read; a branch that was accepted is in what it read, or its decision is refused. */
    @Test
    void no_accepted_branch_is_left_out_of_a_decision() {
        Random random = new Random(4711);
        for (int race = 0; race < 300; race++) {
            String gid = "race" + race;
            await(a.store().accept(begun(gid, LATER)));
            boolean decidesFirst = random.nextBoolean();
            CompletableFuture<@Nullable ByteString> registering =
                    decidesFirst ? null : a.store().register(gid, bytes("+x"), MANY);
            CompletableFuture<ByteString> deciding = CompletableFuture.supplyAsync(() -> decide(b, gid), threads);
            if (registering == null) {
                registering = a.store().register(gid, bytes("+x"), MANY);
            }
            boolean isAccepted = await(registering) != null;
            boolean isDecidedWithIt = await(deciding).toStringUtf8().endsWith("+x");
            assertThat(isDecidedWithIt).as("race %d", race).isEqualTo(isAccepted);
        }
    }

    private static ByteString decide(Node node, String gid) {
        while (true) {
            OpenRow row = (OpenRow) Objects.requireNonNull(await(node.store().read(gid)));
            RowWrite.Flush decision = new RowWrite.Flush(TransactionState.COMPLETING, row.plan(), null, false, null);
            if (await(node.store().write(new RowWrite(gid, true, row.rev(), decision, null)))
                    instanceof WriteResult.Written) {
                return row.plan();
            }
        }
    }

    // ---- audit ----

    @Test
    void an_audit_entry_stands_if_its_write_does() {
        AuditRecord entry = new AuditRecord("alice", "retry", "g", "mended", "parked", "running");
        await(a.store().accept(begun("g", LATER)));
        RowWrite.Change change = flush("g", 0, "p").change();
        await(b.store().write(new RowWrite("g", true, 7, change, entry)));
        assertThat(auditEntries()).isEmpty();
        await(b.store().write(new RowWrite("g", true, 0, change, entry)));
        assertThat(auditEntries()).containsExactly(entry);
        await(b.store().write(new RowWrite("g", false, 1, finish("g", 1).change(), entry)));
        await(b.store().write(new RowWrite("g", false, 2, finish("g", 2).change(), entry)));
        assertThat(auditEntries()).containsExactly(entry, entry);
    }

    // ---- membership ----

    @Test
    void a_renewal_raises_the_beat() {
        long before = peer(a).beat();
        Membership.Renewal renewal = await(b.membership().renew());
        assertThat(renewal.isAlive()).isTrue();
        assertThat(await(a.membership().renew()).isAlive()).isTrue();
        assertThat(peer(a).beat()).isEqualTo(before + 1);
    }

    @Test
    void only_a_beat_that_stood_still_is_declared_dead() {
        long seen = peer(a).beat();
        await(a.membership().renew());
        assertThat(await(b.membership().declareDead(a.incarnation(), seen))).isFalse();
        assertThat(await(a.membership().renew()).isAlive()).isTrue();
        assertThat(await(b.membership().declareDead(a.incarnation(), peer(a).beat())))
                .isTrue();
        assertThat(await(a.membership().renew()).isAlive()).isFalse();
    }

    @Test
    void the_dead_are_peers_while_they_own_rows() {
        await(a.store().accept(running("g")));
        declareDead(a);
        assertThat(peer(a).deadAt()).isNotNull();
        await(b.store().adopt(a.incarnation(), "", 10));
        assertThat(await(b.membership().peers())).noneMatch(peer -> peer.incarnation() == a.incarnation());
    }

    @Test
    void a_living_process_is_not_gone() {
        assertThat(await(b.membership().isProcessGone(a.incarnation()))).isFalse();
        assertThat(await(b.membership().isProcessGone(Long.MAX_VALUE))).isTrue();
        endProcess(a);
        Awaitility.await().until(() -> await(b.membership().isProcessGone(a.incarnation())));
    }

    /** The node's process is killed. */
    abstract void endProcess(Node node);

    @Test
    void a_retired_incarnation_is_dead() {
        await(a.membership().retire());
        assertThat(await(a.membership().renew()).isAlive()).isFalse();
        assertThat(await(b.membership().peers())).noneMatch(peer -> peer.incarnation() == a.incarnation());
    }

    // ---- words ----

    private Membership.Peer peer(Node node) {
        return await(b.membership().peers()).stream()
                .filter(peer -> peer.incarnation() == node.incarnation())
                .findFirst()
                .orElseThrow();
    }

    private void declareDead(Node node) {
        assertThat(await(b.membership()
                        .declareDead(node.incarnation(), peer(node).beat())))
                .isTrue();
    }

    private static List<OpenRow> claimAll(Node node, int limit) {
        List<OpenRow> claimed = new ArrayList<>();
        for (List<Integer> due = await(node.store().dueBuckets());
                !due.isEmpty();
                due = await(node.store().dueBuckets())) {
            for (int bucket : due) {
                claimed.addAll(await(node.store().claimDue(bucket, limit)));
            }
        }
        return claimed;
    }

    private static List<String> gids(List<OpenRow> rows) {
        return rows.stream().map(OpenRow::gid).toList();
    }

    private OpenRow open(String gid) {
        StoredTransaction row = await(a.store().read(gid));
        assertThat(row).isInstanceOf(OpenRow.class);
        return (OpenRow) row;
    }

    static <T extends @Nullable Object> T await(CompletableFuture<T> future) {
        return future.orTimeout(60, TimeUnit.SECONDS).join();
    }

    static ByteString bytes(String text) {
        return ByteString.copyFromUtf8(text);
    }

    private static ByteString digest(String content) {
        return ByteString.copyFrom(java.util.Arrays.copyOf(bytes(content).toByteArray(), 32));
    }

    private static NewTransaction running(String gid) {
        return labelled(gid, Map.of(), gid);
    }

    private static NewTransaction labelled(String gid, Map<String, String> labels, String content) {
        return new NewTransaction(
                gid,
                Pattern.SAGA,
                TransactionState.RUNNING,
                "checkout",
                labels,
                null,
                null,
                1,
                digest(content),
                bytes("plan"));
    }

    private static NewTransaction begun(String gid, Duration dueIn) {
        return new NewTransaction(
                gid,
                Pattern.TCC,
                TransactionState.BEGUN,
                "transfer",
                Map.of(),
                dueIn,
                dueIn,
                1,
                digest(gid),
                bytes("plan"));
    }

    private static RowWrite flush(String gid, long rev, String progress) {
        return flush(gid, false, rev, progress);
    }

    private static RowWrite flush(String gid, boolean takes, long rev, String progress) {
        return new RowWrite(
                gid,
                takes,
                rev,
                new RowWrite.Flush(TransactionState.RUNNING, bytes(progress), null, false, null),
                null);
    }

    private static RowWrite rest(
            String gid, boolean takes, long rev, @Nullable Duration dueIn, @Nullable Parked parked) {
        return new RowWrite(
                gid,
                takes,
                rev,
                new RowWrite.Rest(TransactionState.RUNNING, bytes("rested"), dueIn, parked, null),
                null);
    }

    private static RowWrite finish(String gid, long rev) {
        return new RowWrite(
                gid,
                false,
                rev,
                new RowWrite.Finish(
                        TransactionState.SUCCEEDED, bytes("result"), bytes("outline"), bytes("history of " + gid)),
                null);
    }
}
