package dev.entente.server.codec;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import dev.entente.core.codec.UnreadableRow;
import dev.entente.core.transaction.AbortReason;
import dev.entente.core.transaction.Approval;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.CallPolicy;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.HistoryEvent;
import dev.entente.core.transaction.HistoryKind;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.TransactionState;
import dev.entente.v1.Plan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Reads recorded rows of each format and compares the decoded values with the recorded text. A recorded row never
 * changes. To record rows of a new format: {@code mvn -o -q -Dquick -pl server -am test -Dtest=StoredRowsTest
 * -Dsurefire.failIfNoSpecifiedTests=false -Dentente.rows.write=true}.
 */
class StoredRowsTest {
    private static final String WRITE = "entente.rows.write";
    private static final Path FOLDER = Path.of("src/test/resources/rows");
    private static final Path CURRENT = FOLDER.resolve("format-%d.txt".formatted(PlanCodec.format()));
    /** Has its own defaults, because the text must not depend on the program's defaults. */
    private static final PlanCodec CODEC = new PlanCodec(policy(1), policy(2), policy(3));

    private static CallPolicy policy(int seconds) {
        Duration duration = Duration.ofSeconds(seconds);
        return new CallPolicy(duration, seconds, duration, duration, 1.5);
    }

    /** Two lines of a file: a row, and the values that it had when it was recorded. */
    private record Recorded(StoredRow row, String text) {}

    private static List<Recorded> recorded(Path file) throws IOException {
        List<String> lines = Files.readAllLines(file);
        List<Recorded> all = new ArrayList<>();
        for (int i = 0; i < lines.size(); i += 2) {
            all.add(new Recorded(StoredRow.parse(lines.get(i)), lines.get(i + 1)));
        }
        return all;
    }

    private static List<Recorded> recorded() throws IOException {
        List<Recorded> all = new ArrayList<>();
        try (Stream<Path> files = Files.list(FOLDER)) {
            for (Path file : files.toList()) {
                all.addAll(recorded(file));
            }
        }
        return all;
    }

    @BeforeAll
    static void write() throws Exception {
        if (Boolean.getBoolean(WRITE) && Files.notExists(CURRENT)) {
            List<String> lines = new ArrayList<>();
            for (StoredRow row : SampleRows.all(CODEC)) {
                lines.addAll(List.of(row.line(), row.text(CODEC)));
            }
            Files.write(CURRENT, lines);
        }
    }

    @Test
    void each_recorded_row_has_its_recorded_meaning() throws Exception {
        for (Recorded one : recorded()) {
            assertThat(one.row().text(CODEC)).as(one.row().line()).isEqualTo(one.text());
        }
    }

    @Test
    void the_rows_of_the_current_format_contain_each_stored_code() throws Exception {
        assertThat(CURRENT)
                .as("rows of this format; record them with -D%s=true", WRITE)
                .exists();
        List<Recorded> rows = recorded(CURRENT);
        assertThat(rows).hasSizeGreaterThanOrEqualTo(40);
        List<String> words = rows.stream()
                .flatMap(one -> Stream.of(one.text().split("\\W+")))
                .distinct()
                .toList();
        Stream<Enum<?>> codes = Stream.<Enum<?>[]>of(
                        Pattern.values(),
                        TransactionState.values(),
                        BranchState.values(),
                        Role.values(),
                        ParkReason.values(),
                        AbortReason.values(),
                        Approval.Expiry.values(),
                        Fact.Truth.values())
                .flatMap(Arrays::stream);
        assertThat(codes.map(Enum::name))
                .as("a new code needs a new format (ADR 23)")
                .isSubsetOf(words);
        assertThat(rows.stream()
                        .flatMap(one -> one.row().decodedProgress(CODEC).history().events().stream())
                        .map(HistoryEvent::kind))
                .contains(HistoryKind.values());
    }

    @Test
    void a_field_with_another_number_is_detected_in_each_row() throws Exception {
        for (Recorded one : recorded()) {
            StoredRow row = one.row();
            Set<Integer> ofPlan = new TreeSet<>(fields(row.plan()).asMap().keySet());
            if (row.format() == 0) {
                ofPlan.remove(Plan.DEFAULTS_FIELD_NUMBER); // each operation of a finished plan has its own policy
            }
            for (int field : ofPlan) {
                ByteString moved = moved(row.plan(), field);
                assertThat(textOrRefusal(new StoredRow(row.format(), row.name(), moved, row.progress())))
                        .as("field %d of the plan of %s", field, row.line())
                        .isNotEqualTo(one.text());
            }
            for (int field : fields(row.progress()).asMap().keySet()) {
                ByteString moved = moved(row.progress(), field);
                assertThat(textOrRefusal(new StoredRow(row.format(), row.name(), row.plan(), moved)))
                        .as("field %d of the progress of %s", field, row.line())
                        .isNotEqualTo(one.text());
            }
        }
    }

    private static UnknownFieldSet fields(ByteString message) throws InvalidProtocolBufferException {
        return UnknownFieldSet.parseFrom(message);
    }

    /** Returns the message with another number for one field. */
    private static ByteString moved(ByteString message, int field) throws InvalidProtocolBufferException {
        UnknownFieldSet fields = fields(message);
        return fields.toBuilder()
                .clearField(field)
                .addField(field + 10_000, fields.getField(field))
                .build()
                .toByteString();
    }

    private static String textOrRefusal(StoredRow row) throws ReflectiveOperationException {
        try {
            return row.text(CODEC);
        } catch (UnreadableRow refusal) {
            return String.valueOf(refusal.getMessage());
        }
    }
}
