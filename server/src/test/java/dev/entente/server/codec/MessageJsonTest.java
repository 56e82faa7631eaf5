package dev.entente.server.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Message;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import dev.entente.v1.OperateRequest;
import dev.entente.v1.SubmitTransactionRequest;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MessageJsonTest {
    private static void assertTwice(String json, Message.Builder into, String key) {
        assertThatThrownBy(() -> MessageJson.read(json, into, ""))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("the key " + key + " appears twice");
    }

    @ParameterizedTest
    @CsvSource({
        "0.12345678901234567890, false",
        "9007199254740993, false",
        "-9007199254740992.5, false",
        "0.10000000000000001, true",
        "0.100000000000000005, false",
        "1234567890123.4567, false",
        "1e400, false",
        "1e-400, false",
        "1e99999999999, false",
        "9007199254740991, true",
        "-0.10, true",
        "123456.789e3, true",
        "1e22, true",
        "0.30000000000000004, true"
    })
    void a_number_in_a_body_keeps_all_its_digits_or_is_refused(String number, boolean isKept) throws IOException {
        SubmitTransactionRequest.Builder read = SubmitTransactionRequest.newBuilder();
        String plan = "{\"plan\":{\"labels\":{},\"saga\":{\"steps\":[{\"action\":{\"json\":{\"list\":[{\"n\":" + number
                + "}]}}}]}}}";
        if (isKept) {
            MessageJson.read(plan, read, "");
            var json =
                    read.getPlan().getSaga().getSteps(0).getAction().getJson().getStructValue();
            var item = json.getFieldsOrThrow("list").getListValue().getValues(0).getStructValue();
            assertThat(item.getFieldsOrThrow("n").getNumberValue()).isEqualTo(Double.parseDouble(number));
        } else {
            assertThatThrownBy(() -> MessageJson.read(plan, read, ""))
                    .isInstanceOfSatisfying(
                            Refusal.class,
                            refusal -> assertThat(refusal.violations())
                                    .singleElement()
                                    .satisfies(one -> {
                                        assertThat(one.code()).isEqualTo(ErrorCode.JSON);
                                        assertThat(one.field()).isEqualTo("plan.saga.steps[0].action.json.list[0].n");
                                    }));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "7", "null"})
    void two_spellings_of_one_field_are_refused_as_a_duplicate_key(String first) {
        String json = "{\"ifRevision\":" + first + ",\"if_revision\":5}";
        assertTwice(json, OperateRequest.newBuilder(), "$.if_revision");
        String steps = "{\"plan\":{\"saga\":{\"steps\":[{},{\"noUndo\":false,\"no_undo\":true}]}}}";
        assertTwice(steps, SubmitTransactionRequest.newBuilder(), "$.plan.saga.steps[1].no_undo");
    }

    @Test
    void similar_keys_of_a_map_or_a_json_body_stay_distinct() throws IOException {
        SubmitTransactionRequest.Builder read = SubmitTransactionRequest.newBuilder();
        MessageJson.read(
                "{\"plan\":{\"labels\":{\"a_b\":\"1\",\"aB\":\"2\"},\"saga\":{\"steps\":[{\"action\":{"
                        + "\"json\":{\"string_value\":1,\"stringValue\":2}}}]}}}",
                read,
                "");
        assertThat(read.getPlan().getLabelsMap()).containsOnlyKeys("a_b", "aB");
    }
}
