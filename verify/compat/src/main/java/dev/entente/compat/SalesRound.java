package dev.entente.compat;

import dev.entente.client.Call;
import dev.entente.client.Entente;
import dev.entente.client.Participant;
import dev.entente.client.Response;
import dev.entente.client.Saga;
import dev.entente.client.Step;
import dev.entente.client.TransactionAborted;
import dev.entente.client.TransactionRefused;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.sql.DataSource;
import kiosk.v1.ChargeRequest;
import kiosk.v1.ChargeResponse;
import kiosk.v1.HandOverRequest;
import kiosk.v1.HandOverResponse;
import kiosk.v1.KeepRequest;
import kiosk.v1.KeepResponse;
import kiosk.v1.KioskServiceGrpc;
import kiosk.v1.RefundRequest;
import kiosk.v1.RefundResponse;

/** Runs a successful saga, a compensated saga, a TCC transaction and a refused plan. Each result is one line. */
final class SalesRound {
    private static final Duration WAIT = Duration.ofMinutes(2);

    private final Entente entente;
    private final Participant kiosk;
    private final DataSource dataSource;
    private final String prefix;

    SalesRound(Entente entente, Participant kiosk, DataSource dataSource) {
        this.entente = entente;
        this.kiosk = kiosk;
        this.dataSource = dataSource;
        this.prefix = kiosk.name() + "-";
    }

    List<String> lines() throws SQLException {
        List<String> lines = new ArrayList<>(List.of(sold(), aborted(), reserved(), refused()));
        lines.add("stored " + entente.transactions().get(prefix + "sold").getState());
        lines.addAll(rows());
        return lines;
    }

    private String sold() {
        Saga saga = entente.saga("sale").gid(prefix + "sold").label("item", "tea");
        return "sold " + saga.run(sale(saga, "tea"), WAIT).getReceipt();
    }

    private String aborted() {
        Saga saga = entente.saga("sale").gid(prefix + "undone");
        try {
            return "not undone: " + saga.run(sale(saga, KioskParticipant.SOLD_OUT), WAIT);
        } catch (TransactionAborted aborted) {
            return "undone " + aborted.reason();
        }
    }

    private Step<HandOverResponse> sale(Saga saga, String item) {
        Step<ChargeResponse> charge = saga.step("charge", charge())
                .compensateWith(charged -> refund().set(
                                RefundRequest.CHARGE_ID_FIELD_NUMBER,
                                charged.field(ChargeResponse.CHARGE_ID_FIELD_NUMBER)));
        return saga.step(
                        "hand-over",
                        kiosk.call(
                                        KioskServiceGrpc.getHandOverMethod(),
                                        HandOverRequest.newBuilder()
                                                .setItem(item)
                                                .build())
                                .require("charge_id", charge.response().field("charge_id")))
                .nothingToUndo();
    }

    private String reserved() {
        ChargeResponse charged = entente.tcc("reservation")
                .gid(prefix + "reserved")
                .execute(scope -> scope.tryBranch("charge", charge(), this::keep, refund()));
        entente.transactions().await(prefix + "reserved", WAIT).orThrow();
        return "reserved " + charged.getChargeId();
    }

    private String refused() {
        Saga saga = entente.saga("sale").gid(prefix + "refused");
        saga.step(
                        "charge",
                        entente.participant("unknown")
                                .call(KioskServiceGrpc.getChargeMethod(), ChargeRequest.getDefaultInstance()))
                .nothingToUndo();
        try {
            return "not refused: " + saga.submit();
        } catch (TransactionRefused refused) {
            return "refused " + refused.code() + ", violations: "
                    + refused.violations().size();
        }
    }

    private Call<ChargeResponse> charge() {
        return kiosk.call(
                KioskServiceGrpc.getChargeMethod(),
                ChargeRequest.newBuilder().setCustomer("ann").setCents(250).build());
    }

    private Call<RefundResponse> refund() {
        return kiosk.call(KioskServiceGrpc.getRefundMethod(), RefundRequest.getDefaultInstance());
    }

    private Call<KeepResponse> keep(Response charged) {
        return kiosk.call(KioskServiceGrpc.getKeepMethod(), KeepRequest.getDefaultInstance())
                .require(KeepRequest.CHARGE_ID_FIELD_NUMBER, charged.field(ChargeResponse.CHARGE_ID_FIELD_NUMBER));
    }

    private List<String> rows() throws SQLException {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement()) {
            return Stream.concat(
                            read(statement, "select 'row ' || gid || ' ' || state from charge order by gid"),
                            read(statement, "select 'barrier rows ' || count(*) from entente_barrier"))
                    .toList();
        }
    }

    private static Stream<String> read(Statement statement, String query) throws SQLException {
        List<String> rows = new ArrayList<>();
        try (ResultSet results = statement.executeQuery(query)) {
            while (results.next()) {
                rows.add(results.getString(1));
            }
        }
        return rows.stream();
    }
}
