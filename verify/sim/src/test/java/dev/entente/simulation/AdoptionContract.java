package dev.entente.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.server.codec.PlanCodec;
import dev.entente.server.store.NewTransaction;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.OwnedRow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** The contract of every store for rows of dead incarnations. */
abstract class AdoptionContract extends ClaimingContract {
    @Test
    void rows_of_a_living_incarnation_are_not_adopted() {
        await(a.store().accept(running("g")));
        assertThat(await(b.store().adopt(a.incarnation(), "", 10, Long.MAX_VALUE)))
                .isEmpty();
    }

    @Test
    void rows_in_a_newer_format_are_neither_claimed_nor_adopted() {
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
                            PlanCodec.format() + 1,
                            known.requestDigest(),
                            known.plan(),
                            List.of(),
                            List.of(),
                            null)));
        }
        declareDead(a);
        assertThat(await(b.store().due()).buckets()).isEmpty();
        assertThat(await(b.store().adopt(a.incarnation(), "", 10, Long.MAX_VALUE)))
                .isEmpty();
        assertThat(peer(a).deadAt()).isNotNull();
    }

    @Test
    void a_takeover_returns_at_most_the_requested_bytes() {
        for (int i = 0; i < 20; i++) {
            await(a.store().accept(heavy("g" + i, 1, null)));
        }
        declareDead(a);
        String[] after = {""};

        List<String> all = taken(() -> {
            List<OpenRow> rows = await(b.store().adopt(a.incarnation(), after[0], 500, 4 * MIB));
            after[0] = rows.isEmpty() ? after[0] : rows.getLast().gid();
            return rows;
        });

        assertThat(all).hasSize(20).isSorted();
    }

    @Test
    void a_row_above_the_requested_bytes_is_returned_alone() {
        await(a.store().accept(heavy("g1", 8, null)));
        await(a.store().accept(heavy("g2", 1, null)));
        await(a.store().accept(heavy("g3", 8, null)));
        declareDead(a);

        assertThat(gids(await(b.store().adopt(a.incarnation(), "", 500, 4 * MIB))))
                .containsExactly("g1");
        assertThat(gids(await(b.store().adopt(a.incarnation(), "g1", 500, 4 * MIB))))
                .containsExactly("g2");
        assertThat(gids(await(b.store().adopt(a.incarnation(), "g2", 500, 4 * MIB))))
                .containsExactly("g3");
    }

    @Test
    void stored_progress_counts_towards_the_requested_bytes() {
        for (String gid : List.of("g1", "g2")) {
            await(a.store().accept(running(gid)));
            await(a.store().write(flush(gid, 0, "p".repeat((int) (3 * MIB)))));
        }
        declareDead(a);

        assertThat(gids(await(b.store().adopt(a.incarnation(), "", 500, 4 * MIB))))
                .containsExactly("g1");
    }

    @Test
    void adopted_rows_are_sorted_by_gid_and_get_a_new_revision() {
        for (int i = 0; i < 30; i++) {
            await(a.store().accept(running("g" + i)));
        }
        declareDead(a);
        List<OpenRow> first = await(b.store().adopt(a.incarnation(), "", 20, Long.MAX_VALUE));
        List<OpenRow> rest =
                await(b.store().adopt(a.incarnation(), first.getLast().gid(), 20, Long.MAX_VALUE));
        assertThat(first).hasSize(20);
        assertThat(rest).hasSize(10);
        assertThat(gids(first)).isSorted();
        assertThat(first)
                .allMatch(
                        row -> row.rev() == 1 && row.adoptions() == 1 && Objects.equals(row.owner(), b.incarnation()));
        assertThat(await(b.store().owned("", 100)))
                .hasSize(30)
                .allMatch(row -> row.rev() == 1)
                .extracting(OwnedRow::gid)
                .isSorted();
        assertThat(await(b.store().owned(first.getLast().gid(), 100))).hasSize(10);
    }

    @Test
    void concurrent_adopters_take_all_rows_without_overlap() {
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
        for (List<OpenRow> rows = await(adopter.store().adopt(dead.incarnation(), "", 9, Long.MAX_VALUE));
                !rows.isEmpty();
                rows = await(adopter.store().adopt(dead.incarnation(), "", 9, Long.MAX_VALUE))) {
            taken.addAll(gids(rows));
        }
        return taken;
    }
}
