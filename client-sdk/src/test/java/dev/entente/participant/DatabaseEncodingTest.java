package dev.entente.participant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import com.google.protobuf.StringValue;
import dev.entente.wire.StoredAnswer;
import java.sql.Connection;
import java.time.Duration;
import javax.sql.DataSource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Refusals with characters that the encoding of the participant's database lacks. */
class DatabaseEncodingTest {
    private static final StringValue NOTHING = StringValue.getDefaultInstance();
    private static final String CODE = "NO_余额ø";
    private static final String DETAIL = "余额 of bob 😀ø\0";

    private final Barrier barrier = Barrier.postgres().withWait(Duration.ofMillis(50));
    private int runs;

    @ParameterizedTest
    @CsvSource({
        "UTF8, NO_余额ø, 余额 of bob 😀ø�",
        "SQL_ASCII, NO_余额ø, 余额 of bob 😀ø�",
        "LATIN1, NO_\\u4f59\\u989dø, \\u4f59\\u989d of bob \\ud83d\\ude00ø\\ufffd",
        "WIN1252, NO_\\u4f59\\u989dø, \\u4f59\\u989d of bob \\ud83d\\ude00ø\\ufffd",
        "EUC_CN, NO_余额\\u00f8, 余额 of bob \\ud83d\\ude00\\u00f8\\ufffd",
        "WIN866, NO_\\u4f59\\u989d\\u00f8, \\u4f59\\u989d of bob \\ud83d\\ude00\\u00f8\\ufffd"
    })
    void a_refusal_is_stored_with_escapes_for_characters_that_the_encoding_lacks(
            String encoding, String code, String detail) throws Exception {
        DataSource database = TestDatabase.encoded(encoding);
        barrier.createTable(database);
        StoredAnswer answer =
                new StoredAnswer(ByteString.copyFromUtf8(DETAIL), 409, "content-type: text/plain\r\nx-why: 余ø\r\n");
        for (int call = 1; call <= 2; call++) {
            Rejection refused = catchThrowableOfType(
                    Rejection.class,
                    () -> branch("alone")
                            .call(() -> barrier.run(database, NOTHING, connection -> {
                                runs++;
                                throw new Rejection(CODE, DETAIL).answeredWith(answer);
                            })));
            assertThat(refused.isSettled()).isTrue();
            assertThat(refused.code()).isEqualTo(call == 1 ? CODE : code);
            assertThat(refused.detail()).isEqualTo(call == 1 ? "余额 of bob 😀ø�" : detail);
            assertThat(refused.answer()).isNotNull();
            assertThat(refused.answer().bytes()).isEqualTo(answer.bytes());
        }
        assertThat(runs).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"UTF8", "LATIN1", "EUC_CN"})
    void a_refusal_whose_transaction_was_rolled_back_is_stored(String encoding) throws Exception {
        DataSource database = TestDatabase.encoded(encoding);
        barrier.createTable(database);
        Barrier settling = barrier.withRejectionsStoredIn(database);
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            Rejection refused = catchThrowableOfType(
                    Rejection.class,
                    () -> branch("outer")
                            .call(() -> settling.run(connection, NOTHING, body -> {
                                throw new Rejection(CODE, DETAIL);
                            })));
            connection.rollback();
            assertThat(Barrier.settle(refused))
                    .isInstanceOfSatisfying(
                            Rejection.class,
                            settled -> assertThat(settled.isSettled()).isTrue());
        }
        assertThatThrownBy(() -> branch("outer").call(() -> barrier.run(database, NOTHING, body -> NOTHING)))
                .isInstanceOf(Rejection.class);
    }

    private static Branch branch(String gid) {
        return Branch.of(gid, "reserve", BranchOp.ACTION);
    }
}
