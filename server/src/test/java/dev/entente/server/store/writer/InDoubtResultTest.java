package dev.entente.server.store.writer;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.store.OpenRow;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class InDoubtResultTest {
    private static final ByteString BRANCH = field(7, ByteString.copyFromUtf8("debit"));
    private static final ByteString HEAD = field(1, ByteString.copyFromUtf8("transfer"));

    private static ByteString field(int number, ByteString content) {
        return UnknownFieldSet.newBuilder()
                .addField(
                        number,
                        UnknownFieldSet.Field.newBuilder()
                                .addLengthDelimited(content)
                                .build())
                .build()
                .toByteString();
    }

    private static InDoubtResult.Verdict registered(ByteString plan) {
        Instant now = Instant.EPOCH;
        OpenRow row = new OpenRow(
                "order-1",
                null,
                0,
                now,
                0,
                1,
                Pattern.TCC,
                TransactionState.BEGUN,
                "test",
                now,
                null,
                ByteString.EMPTY,
                plan,
                null,
                null,
                null,
                null);
        return new InDoubtResult(row, 7).registered(BRANCH);
    }

    @Test
    void an_appended_branch_is_registered_regardless_of_later_branches() {
        assertThat(registered(HEAD.concat(BRANCH))).isEqualTo(InDoubtResult.Verdict.WRITTEN);
        assertThat(registered(HEAD.concat(BRANCH).concat(field(7, ByteString.copyFromUtf8("credit")))))
                .isEqualTo(InDoubtResult.Verdict.WRITTEN);
    }

    @Test
    void branch_bytes_inside_the_payload_of_another_branch_are_not_a_registration() {
        assertThat(registered(HEAD.concat(field(7, ByteString.copyFromUtf8("x").concat(BRANCH)))))
                .isEqualTo(InDoubtResult.Verdict.NOT_WRITTEN);
        assertThat(registered(HEAD)).isEqualTo(InDoubtResult.Verdict.NOT_WRITTEN);
    }
}
