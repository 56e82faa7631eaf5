package dev.entente.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bank.v1.FreezeResponse;
import bank.v1.SettleResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tests which fields of a response may be used in which later call. */
class ResponseFieldsTest {
    private final Entente entente = Entente.builder("localhost:1").build();
    private final Participant account = entente.participant("account");

    @AfterEach
    void close() {
        entente.close();
    }

    @Test
    void a_delivery_with_a_response_binding_is_refused() {
        Step<FreezeResponse> other = entente.saga("other").step("freeze", freeze());
        Call<?> binding = settle().require("receipt.id", other.response().field("receipt.id"));

        assertThatThrownBy(() -> entente.message("frozen").to(binding)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_two_phase_branch_with_a_response_binding_is_refused() {
        Step<FreezeResponse> other = entente.saga("other").step("freeze", freeze());
        Call<?> binding = settle().require("receipt.id", other.response().field("receipt.id"));

        assertThatThrownBy(() -> entente.twoPhase("transfer").branch("debit", freeze(), binding, settle()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("debit");
    }

    @Test
    void an_unknown_field_is_refused_with_ENT_019() {
        Response frozen = entente.saga("a").step("freeze", freeze()).response();

        assertThatThrownBy(() -> frozen.field(99))
                .isInstanceOfSatisfying(
                        TransactionRefused.class,
                        mistake -> assertThat(mistake.code()).isEqualTo("ENT-019"))
                .hasMessageContaining("bank.v1.FreezeResponse has no field '99'")
                .hasMessageContaining("freeze_id = 1");
        assertThatThrownBy(() -> frozen.field("notes.id")).hasMessageContaining("'notes' is not a single message");
        assertThatThrownBy(() -> settle().set(99, frozen.field(1))).hasMessageStartingWith("ENT-019");
    }

    @Test
    void a_binding_of_different_types_is_refused_with_ENT_026() {
        Response frozen = entente.saga("a").step("freeze", freeze()).response();

        assertThatThrownBy(() -> settle().set("freeze_id", frozen.field("receipt")))
                .isInstanceOfSatisfying(
                        TransactionRefused.class,
                        mistake -> assertThat(mistake.code()).isEqualTo("ENT-026"))
                .hasMessageContaining("freeze: bank.v1.FreezeResponse.receipt is bank.v1.Receipt")
                .hasMessageContaining("bank.v1.SettleRequest.freeze_id is string");
        assertThatThrownBy(() -> settle().set("freeze_id", frozen.field("notes")))
                .hasMessageContaining("repeated string");
        assertThatThrownBy(() -> settle().set("freeze_id", frozen.field("receipt.stamp")))
                .hasMessageContaining("is bytes");
        assertThatThrownBy(() -> settle().set("cents", frozen.field("number"))).hasMessageContaining("is int32");
        assertThatThrownBy(() -> settle().set("receipt", frozen.whole()))
                .hasMessageContaining("is bank.v1.FreezeResponse");
    }

    @Test
    void messages_lists_and_maps_of_one_type_can_be_bound() {
        Response frozen = entente.saga("a").step("freeze", freeze()).response();

        assertThat(settle().set("receipt", frozen.field("receipt"))
                        .set("notes", frozen.field(3))
                        .set(6, frozen.field("totals"))
                        .toProto()
                        .getBindList())
                .extracting(binding -> binding.getFromPath() + ">" + binding.getToPath())
                .containsExactly("2>4", "3>5", "5>6");
    }

    @Test
    void only_confirm_can_use_the_response_of_a_try() {
        Response other = entente.saga("a").step("freeze", freeze()).response();
        Call<SettleResponse> bound = settle().set(1, other.field(1));

        assertThatThrownBy(() -> entente.tcc("t").branch("debit", freeze(), settle(), bound))
                .hasMessageContaining("only confirm");
    }

    private Call<FreezeResponse> freeze() {
        return AccountCalls.freeze(account);
    }

    private Call<SettleResponse> settle() {
        return AccountCalls.settle(account);
    }
}
