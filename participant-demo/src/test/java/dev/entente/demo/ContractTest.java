package dev.entente.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.participant.check.CallKind;
import dev.entente.participant.check.CheckedBranch;
import dev.entente.participant.check.CheckedOperation;
import dev.entente.participant.check.ContractCheck;
import dev.entente.participant.check.Finding;
import dev.entente.participant.check.Guarantee;
import dev.entente.participant.check.Witness;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;
import shop.v1.AccountServiceGrpc;
import shop.v1.FreezeRequest;
import shop.v1.ReleaseRequest;
import shop.v1.ReserveRequest;
import shop.v1.SettleRequest;
import shop.v1.StockServiceGrpc;

/** The contract check of participants that keep the contract, and of a participant that ignores the contract. */
final class ContractTest {
    private static final String STOCK = "select sku, on_hand, reserved from stock where sku = 'A-1'";
    private static ShopFixture shop;

    @BeforeAll
    static void start() throws Exception {
        shop = ShopFixture.start();
    }

    @AfterAll
    static void stop() throws Exception {
        shop.close();
    }

    private static ContractCheck check(ShopService service, String query) {
        PGSimpleDataSource database = new PGSimpleDataSource();
        database.setUrl(shop.serverUrl());
        database.setDatabaseName(service.databaseName());
        return new ContractCheck(Witness.query(database, query));
    }

    private static CheckedBranch saga(Channel channel) {
        return CheckedBranch.saga(
                "reserve",
                CheckedOperation.of(channel, StockServiceGrpc.getReserveMethod(), reserve()),
                CheckedOperation.of(channel, StockServiceGrpc.getReleaseMethod(), ReleaseRequest.getDefaultInstance()));
    }

    private static CheckedBranch tcc(Channel channel) {
        ReleaseRequest release = ReleaseRequest.getDefaultInstance();
        return CheckedBranch.tcc(
                "hold",
                CheckedOperation.of(channel, StockServiceGrpc.getTryReserveMethod(), reserve()),
                CheckedOperation.of(channel, StockServiceGrpc.getConfirmReserveMethod(), release),
                CheckedOperation.of(channel, StockServiceGrpc.getCancelReserveMethod(), release));
    }

    private static ReserveRequest reserve() {
        return ReserveRequest.newBuilder().setSku("A-1").setQuantity(1).build();
    }

    @Test
    void a_step_behind_the_barrier_keeps_every_guarantee() throws Exception {
        List<Finding> findings = check(ShopService.STOCK, STOCK).check(saga(shop.direct()));
        assertThat(findings)
                .filteredOn(finding -> finding.way() == CallKind.STREAM)
                .hasSize(9);
        assertThat(findings).hasSize(18).allMatch(finding -> finding.verdict() == Finding.Verdict.HOLDS);
    }

    @Test
    void branches_of_a_tcc_behind_the_barrier_keep_every_guarantee() throws Exception {
        assertThat(check(ShopService.STOCK, STOCK).check(tcc(shop.direct())))
                .hasSize(22)
                .allMatch(finding -> finding.verdict() == Finding.Verdict.HOLDS);
        FreezeRequest freeze =
                FreezeRequest.newBuilder().setAccount("alice").setCents(5).build();
        SettleRequest settle = SettleRequest.getDefaultInstance();
        CheckedBranch debit = CheckedBranch.tcc(
                "debit",
                CheckedOperation.of(shop.direct(), AccountServiceGrpc.getTryFreezeMethod(), freeze),
                CheckedOperation.of(shop.direct(), AccountServiceGrpc.getConfirmFreezeMethod(), settle),
                CheckedOperation.of(shop.direct(), AccountServiceGrpc.getCancelFreezeMethod(), settle));
        assertThat(check(
                                ShopService.ACCOUNT,
                                "select id, balance from account union all select account_id, amount from"
                                        + " frozen_record")
                        .check(debit))
                .hasSize(22)
                .allMatch(finding -> finding.verdict() == Finding.Verdict.HOLDS);
    }

    @Test
    void a_query_that_sees_no_change_gives_no_verdict_on_effects() throws Exception {
        assertThat(check(ShopService.STOCK, "select 1").check(saga(shop.direct())))
                .filteredOn(finding -> finding.guarantee() == Guarantee.REPEATED_FORWARD_HAS_ONE_EFFECT
                        || finding.guarantee() == Guarantee.SUPERSEDED_CALL_CHANGES_NOTHING
                        || finding.guarantee() == Guarantee.UNDO_TAKES_BACK
                        || finding.guarantee() == Guarantee.CONCURRENT_FORWARDS_HAVE_ONE_EFFECT)
                .hasSize(8)
                .allMatch(finding -> finding.verdict() == Finding.Verdict.NOT_JUDGED);
    }

    @Test
    void a_participant_that_treats_every_call_as_the_first_breaks_most_guarantees() throws Exception {
        try (NaiveStock naive = new NaiveStock(shop.url(ShopService.STOCK))) {
            ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", naive.port())
                    .usePlaintext()
                    .build();
            try {
                assertThat(broken(check(ShopService.STOCK, STOCK).check(saga(channel))))
                        .contains(
                                Guarantee.REPEATED_FORWARD_HAS_ONE_EFFECT,
                                Guarantee.REPEATED_FORWARD_HAS_ONE_ANSWER,
                                Guarantee.SUPERSEDED_CALL_CHANGES_NOTHING,
                                Guarantee.REPEATED_UNDO_HAS_ONE_EFFECT,
                                Guarantee.EMPTY_UNDO_DOES_NOTHING,
                                Guarantee.LATE_FORWARD_IS_REFUSED);
                assertThat(broken(check(ShopService.STOCK, STOCK).check(tcc(channel))))
                        .contains(Guarantee.COMPLETION_NEEDS_FORWARD, Guarantee.REPEATED_COMPLETION_HAS_ONE_EFFECT);
            } finally {
                channel.shutdownNow();
            }
        }
    }

    private static Set<Guarantee> broken(List<Finding> findings) {
        return findings.stream()
                .filter(finding -> finding.verdict() == Finding.Verdict.BROKEN)
                .map(Finding::guarantee)
                .collect(Collectors.toSet());
    }
}
