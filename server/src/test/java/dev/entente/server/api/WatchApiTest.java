package dev.entente.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.awaitility.Awaitility.await;

import dev.entente.server.app.Client;
import dev.entente.server.app.LocalCoordinator;
import dev.entente.server.app.Principals;
import dev.entente.server.app.SamplePlans;
import dev.entente.v1.Transaction;
import dev.entente.v1.WatchTransactionRequest;
import io.grpc.Context;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Streams of a transaction's changes. */
class WatchApiTest {
    private static final int MAX = 100;

    @TempDir
    static Path folder;

    private static Principals principals;
    private static LocalCoordinator api;

    @BeforeAll
    static void start() {
        principals =
                new Principals(folder, "shop submitter", "leaving submitter", "changing submitter", "ops operator");
        api = LocalCoordinator.start("auth.tokenFile", principals.file.toString());
    }

    @AfterAll
    static void stop() {
        api.close();
    }

    private static Client as(String principal) {
        return principals.at(api, principal);
    }

    private static void submit(String principal, String gid) {
        as(principal).submit(SamplePlans.asking(gid));
    }

    private static Iterator<Transaction> watch(String principal, String gid, long afterRevision) {
        return as(principal)
                .transactions()
                .watchTransaction(WatchTransactionRequest.newBuilder()
                        .setGid(gid)
                        .setAfterRevision(afterRevision)
                        .build());
    }

    @Test
    void a_watch_reports_each_change_once_until_the_final_state() {
        submit("shop", "w-all");
        Iterator<Transaction> watch = watch("shop", "w-all", 0);
        List<Long> revisions = new ArrayList<>();
        revisions.add(watch.next().getRevision());
        as("ops").park("w-all");
        as("ops").resume("w-all");
        as("ops").approve("w-all", "manager");
        Transaction last = Transaction.getDefaultInstance();
        while (watch.hasNext()) {
            last = watch.next();
            revisions.add(last.getRevision());
        }
        assertThat(last.getState()).isEqualTo(Transaction.State.SUCCEEDED);
        assertThat(revisions).doesNotHaveDuplicates().isSorted();
    }

    @Test
    void a_watch_resumes_after_the_given_revision() {
        submit("shop", "w-after");
        as("ops").park("w-after");
        long known = as("shop").get("w-after").getRevision();
        Iterator<Transaction> watch = watch("shop", "w-after", known);
        as("ops").resume("w-after");
        assertThat(watch.next().getRevision()).isGreaterThan(known);
    }

    @Test
    void a_transaction_has_at_most_100_watches_and_a_closed_watch_frees_its_place() throws Exception {
        submit("shop", "w-many");
        submit("shop", "w-other");
        List<Context.CancellableContext> open = new ArrayList<>();
        for (int i = 0; i < MAX; i++) {
            Context.CancellableContext each = Context.current().withCancellation();
            open.add(each);
            each.run(
                    () -> assertThat(watch("shop", "w-many", 0).next().getGid()).isEqualTo("w-many"));
        }
        assertThat(Refused.by(() -> watch("shop", "w-many", 0).next()).code()).isEqualTo("ENT-050");
        assertThat(watch("shop", "w-other", 0).hasNext()).isTrue();
        open.removeFirst().cancel(null);
        await().untilAsserted(() -> assertThatNoException()
                .isThrownBy(() -> watch("shop", "w-many", 0).next()));
        open.forEach(each -> each.cancel(null));
    }

    @Test
    void a_revoked_token_ends_a_watch_at_the_next_change() throws Exception {
        submit("leaving", "w-revoked");
        Iterator<Transaction> watch = watch("leaving", "w-revoked", 0);
        assertThat(watch.next().getGid()).isEqualTo("w-revoked");
        principals.revoke("leaving");
        await().untilAsserted(() -> assertThat(
                        Refused.by(() -> watch("leaving", "w-revoked", 0).hasNext())
                                .code())
                .isEqualTo("ENT-060"));
        as("ops").park("w-revoked");
        assertThat(Refused.by(() -> watch.forEachRemaining(_ -> {})).code()).isEqualTo("ENT-060");
    }

    @Test
    void a_renamed_token_ends_the_watch_of_its_former_transaction() throws Exception {
        submit("changing", "w-renamed");
        Iterator<Transaction> watch = watch("changing", "w-renamed", 0);
        assertThat(watch.next().getGid()).isEqualTo("w-renamed");
        principals.rename("changing", "stall");
        await().untilAsserted(() -> assertThat(
                        Refused.by(() -> watch("changing", "w-renamed", 0).hasNext())
                                .code())
                .isEqualTo("ENT-030"));
        as("ops").park("w-renamed");
        assertThat(Refused.by(() -> watch.forEachRemaining(_ -> {})).code()).isEqualTo("ENT-030");
    }
}
