package dev.entente.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.server.store.Membership;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/**
 * All promises of every store: here about membership, above about accepting, writing, claiming and adopting. The tests
 * against PostgreSQL and against the store in memory are these, so that a simulation means something.
 *
 * <p>Its subject is {@code TransactionStore} in the server, which names this suite. It stands here because the store in
 * memory does, and this module needs the server: a suite in the server's tests could not be run on that store, since a
 * build that skips tests makes no jar of them.
 */
abstract class StoreContract extends AdoptionContract {
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
        await(b.store().adopt(a.incarnation(), "", 10, Long.MAX_VALUE));
        assertThat(await(b.membership().peers())).noneMatch(peer -> peer.incarnation() == a.incarnation());
    }

    @Test
    void a_living_process_is_not_gone() {
        assertThat(await(b.membership().isProcessGone(a.incarnation()))).isFalse();
        assertThat(await(b.membership().isProcessGone(Long.MAX_VALUE))).isTrue();
        endProcess(a);
        Awaitility.await().until(() -> await(b.membership().isProcessGone(a.incarnation())));
    }

    @Test
    void a_retired_incarnation_is_dead() {
        await(a.membership().retire());
        assertThat(await(a.membership().renew()).isAlive()).isFalse();
        assertThat(await(b.membership().peers())).noneMatch(peer -> peer.incarnation() == a.incarnation());
    }
}
