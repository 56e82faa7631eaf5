package dev.entente.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bank.v1.AccountServiceGrpc;
import bank.v1.FreezeRequest;
import bank.v1.FreezeResponse;
import bank.v1.SettleRequest;
import bank.v1.SettleResponse;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Errors that a plan's builder reports before a call is sent. */
class BuilderChecksTest {
    private final Entente entente = Entente.builder("localhost:1").build();

    @AfterEach
    void close() {
        entente.close();
    }

    private Call<FreezeResponse> freeze() {
        return entente.participant("account")
                .call(AccountServiceGrpc.getTryFreezeMethod(), FreezeRequest.getDefaultInstance());
    }

    private Call<SettleResponse> settle(Response frozen) {
        return entente.participant("account")
                .call(AccountServiceGrpc.getConfirmFreezeMethod(), SettleRequest.getDefaultInstance())
                .set(SettleRequest.FREEZE_ID_FIELD_NUMBER, frozen.field(FreezeResponse.FREEZE_ID_FIELD_NUMBER));
    }

    @Test
    void an_empty_address_among_several_is_refused() {
        assertThatThrownBy(() -> Entente.builder("a:7790,"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("'a:7790,'", "empty address", "host:port");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "payments", "//payments", "http://shop/payments", "/pay ments", "/payments#x", "/\u00fc"})
    void an_invalid_path_is_refused_by_the_builder(String path) {
        Participant shop = entente.participant("shop");
        for (Function<String, Call<String>> method :
                List.<Function<String, Call<String>>>of(shop::post, shop::put, shop::patch, shop::delete, shop::get)) {
            assertThatThrownBy(() -> method.apply(path))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContainingAll("'" + path + "'", "'shop'", "/payments");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/payments", "/a/b%20c?x=1&y=/", "/caf%C3%A9", "/a;v=1/b:c"})
    void a_valid_path_is_accepted_by_the_builder(String path) {
        assertThat(entente.participant("shop").post(path)).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "my shop", "shop/", "http://shop", "sh\u00f6p"})
    void an_invalid_participant_name_is_refused_by_the_client(String name) {
        assertThatThrownBy(() -> entente.participant(name))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("'" + name + "'", "host:port");
    }

    @Test
    void a_step_without_an_undo_or_nothingToUndo_is_refused_with_ENT_020() {
        Saga saga = entente.saga("transfer");
        saga.step("freeze", freeze());

        assertThatThrownBy(saga::toProto)
                .isInstanceOf(TransactionRefused.class)
                .hasMessageContainingAll("ENT-020", "'freeze'", "compensateWith", "nothingToUndo()");
    }

    @Test
    void a_binding_to_a_step_of_another_plan_is_refused_with_ENT_018() {
        Step<FreezeResponse> elsewhere =
                entente.saga("other").step("freeze", freeze()).nothingToUndo();
        Saga action = entente.saga("transfer");
        action.step("freeze", freeze()).nothingToUndo();
        action.step("settle", settle(elsewhere.response())).nothingToUndo();
        Saga undo = entente.saga("transfer");
        undo.step("freeze", freeze()).compensateWith(settle(elsewhere.response()));

        assertThatThrownBy(action::toProto).hasMessageContainingAll("ENT-018", "another plan");
        assertThatThrownBy(undo::toProto).hasMessageContainingAll("ENT-018", "another plan");
        assertThatThrownBy(() ->
                        entente.tcc("transfer").branch("freeze", freeze(), settle(elsewhere.response()), freeze()))
                .hasMessageContainingAll("ENT-018", "another plan");
    }

    @Test
    void an_invalid_gid_is_refused_with_ENT_010() {
        for (String gid : new String[] {null, "", " ", "order 1", "x".repeat(129)}) {
            assertThatThrownBy(() -> entente.saga("transfer").gid(gid))
                    .isInstanceOf(TransactionRefused.class)
                    .hasMessageContainingAll("ENT-010", "order-4711");
        }
    }

    @Test
    void a_submitted_builder_that_was_changed_refuses_another_submit() {
        Saga saga = entente.saga("transfer").gid("order-1");
        saga.step("freeze", freeze()).nothingToUndo();
        assertThat(saga.submitAsync()).isNotNull();
        assertThat(saga.submitAsync()).isNotNull();
        saga.step("more", freeze()).nothingToUndo();

        assertThatThrownBy(saga::submitAsync)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("order-1");
    }
}
