package dev.entente.core.payload;

import static dev.entente.core.plan.Plans.path;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileOptions;
import com.google.protobuf.DescriptorProtos.SourceCodeInfo.Location;
import com.google.protobuf.DoubleValue;
import com.google.protobuf.StringValue;
import com.google.protobuf.UInt64Value;
import com.google.protobuf.UnknownFieldSet;
import com.google.protobuf.Value;
import dev.entente.core.payload.WireFields.Bound;
import dev.entente.core.transaction.FieldPath;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WireFieldsTest {
    private static final FieldPath ROOT = path();
    /** File: 1 name, 3 dependency (repeated), 4 message_type (repeated message), 8 options (message). */
    private static final FileDescriptorProto FILE = FileDescriptorProto.newBuilder()
            .setName("shop.proto")
            .addDependency("a.proto")
            .addDependency("b.proto")
            .addMessageType(DescriptorProto.newBuilder().setName("Order"))
            .setOptions(FileOptions.newBuilder().setJavaPackage("shop").setJavaMultipleFiles(true))
            .build();

    @Test
    void a_copied_string_replaces_the_string_of_the_request() throws Exception {
        ByteString request = copy(StringValue.of("old").toByteString(), FILE.toByteString(), path(1), path(1));
        assertThat(StringValue.parseFrom(request).getValue()).isEqualTo("shop.proto");
    }

    @Test
    void bytes_with_an_unmatched_end_group_tag_cannot_be_parsed() {
        ByteString endOfGroup = ByteString.copyFrom(new byte[] {1 << 3 | 4});

        assertThat(WireField.all(ByteString.EMPTY)).isEmpty();
        assertThat(WireField.all(endOfGroup)).isNull();
    }

    @Test
    void scalars_of_every_wire_type_are_copied() throws Exception {
        ByteString varint = copy(ByteString.EMPTY, UInt64Value.of(-1L).toByteString(), path(1), path(1));
        assertThat(UInt64Value.parseFrom(varint).getValue()).isEqualTo(-1L);
        ByteString fixed = copy(ByteString.EMPTY, DoubleValue.of(2.5).toByteString(), path(1), path(2));
        assertThat(Value.parseFrom(fixed).getNumberValue()).isEqualTo(2.5);
        ByteString fixed32 = UnknownFieldSet.newBuilder()
                .addField(4, UnknownFieldSet.Field.newBuilder().addFixed32(77).build())
                .build()
                .toByteString();
        ByteString copied = copy(ByteString.EMPTY, fixed32, path(4), path(9));
        assertThat(UnknownFieldSet.parseFrom(copied).getField(9).getFixed32List())
                .containsExactly(77);
    }

    @Test
    void a_nested_field_is_copied_into_a_created_nested_message() throws Exception {
        ByteString request = copy(ByteString.EMPTY, FILE.toByteString(), path(8, 1), path(8, 11));
        FileOptions options = FileDescriptorProto.parseFrom(request).getOptions();
        assertThat(options.getGoPackage()).isEqualTo("shop");
        assertThat(options.hasJavaPackage()).isFalse();
    }

    @Test
    void a_replaced_nested_field_leaves_the_other_fields_unchanged() throws Exception {
        ByteString request = copy(FILE.toByteString(), StringValue.of("new").toByteString(), path(1), path(8, 1));
        FileDescriptorProto copied = FileDescriptorProto.parseFrom(request);
        assertThat(copied.getOptions().getJavaPackage()).isEqualTo("new");
        assertThat(copied.getOptions().getJavaMultipleFiles()).isTrue();
        assertThat(copied.getName()).isEqualTo("shop.proto");
        assertThat(copied.getDependencyList()).containsExactly("a.proto", "b.proto");
    }

    @Test
    void a_repeated_field_replaces_a_repeated_field() throws Exception {
        ByteString source = EnumDescriptorProto.newBuilder()
                .addReservedName("x")
                .addReservedName("y")
                .addReservedName("z")
                .build()
                .toByteString();
        FileDescriptorProto copied = FileDescriptorProto.parseFrom(copy(FILE.toByteString(), source, path(5), path(3)));
        assertThat(copied.getDependencyList()).containsExactly("x", "y", "z");
        assertThat(copied.getMessageTypeList()).isEqualTo(FILE.getMessageTypeList());
    }

    @Test
    void packed_numbers_are_copied() throws Exception {
        ByteString source =
                Location.newBuilder().addPath(3).addPath(500).build().toByteString();
        Location copied = Location.parseFrom(copy(ByteString.EMPTY, source, path(1), path(2)));
        assertThat(copied.getSpanList()).containsExactly(3, 500);
    }

    @Test
    void complete_messages_and_nested_messages_are_copied_into_each_other() throws Exception {
        ByteString wrapped = copy(ByteString.EMPTY, FILE.getOptions().toByteString(), ROOT, path(8));
        assertThat(FileDescriptorProto.parseFrom(wrapped).getOptions()).isEqualTo(FILE.getOptions());
        ByteString unwrapped = copy(StringValue.of("gone").toByteString(), FILE.toByteString(), path(8), ROOT);
        assertThat(FileOptions.parseFrom(unwrapped)).isEqualTo(FILE.getOptions());
        assertThat(copy(ByteString.EMPTY, FILE.toByteString(), ROOT, ROOT)).isEqualTo(FILE.toByteString());
    }

    @Test
    void an_empty_response_is_a_message_without_fields() throws Exception {
        assertThat(WireFields.isPresent(ByteString.EMPTY, ROOT)).isTrue();
        assertThat(WireFields.isPresent(ByteString.EMPTY, path(1))).isFalse();
        ByteString wrapped = copy(ByteString.EMPTY, ByteString.EMPTY, ROOT, path(8));
        assertThat(FileDescriptorProto.parseFrom(wrapped).hasOptions()).isTrue();
    }

    @Test
    void an_absent_value_copies_nothing() {
        ByteString request = FILE.toByteString();
        assertThat(copy(request, StringValue.of("x").toByteString(), path(2), path(1)))
                .isEqualTo(request);
        assertThat(copy(request, StringValue.of("x").toByteString(), path(1, 1), path(1)))
                .as("'x' is no message with a field 1")
                .isEqualTo(request);
        assertThat(copy(request, UInt64Value.of(5).toByteString(), path(1, 1), path(1)))
                .isEqualTo(request);
        assertThat(WireFields.copy(request, List.of(new Bound(null, path(1), path(1)))))
                .isEqualTo(request);
        assertThat(WireFields.isPresent(null, ROOT)).isFalse();
        assertThat(WireFields.isPresent(StringValue.of("").toByteString(), path(1)))
                .as("proto3 does not write default values")
                .isFalse();
    }

    @Test
    void a_message_field_in_several_parts_is_merged() throws Exception {
        ByteString parts = FileDescriptorProto.newBuilder()
                .setOptions(FileOptions.newBuilder().setJavaPackage("first").setGoPackage("go"))
                .build()
                .toByteString()
                .concat(FileDescriptorProto.newBuilder()
                        .setOptions(FileOptions.newBuilder().setJavaPackage("second"))
                        .build()
                        .toByteString());
        assertThat(StringValue.parseFrom(copy(ByteString.EMPTY, parts, path(8, 1), path(1)))
                        .getValue())
                .isEqualTo("second");
        assertThat(StringValue.parseFrom(copy(ByteString.EMPTY, parts, path(8, 11), path(1)))
                        .getValue())
                .isEqualTo("go");
    }

    @Test
    void a_copied_oneof_member_replaces_the_other_member() throws Exception {
        ByteString request = Value.newBuilder().setStringValue("text").build().toByteString();
        Value copied = Value.parseFrom(copy(request, DoubleValue.of(1.5).toByteString(), path(1), path(2)));
        assertThat(copied.getKindCase()).isEqualTo(Value.KindCase.NUMBER_VALUE);
    }

    @Test
    void several_bindings_apply_in_their_order() throws Exception {
        ByteString request = WireFields.copy(
                ByteString.EMPTY,
                List.of(
                        new Bound(FILE.toByteString(), ROOT, ROOT),
                        new Bound(StringValue.of("n").toByteString(), path(1), path(1)),
                        new Bound(StringValue.of("j").toByteString(), path(1), path(8, 1))));
        FileDescriptorProto copied = FileDescriptorProto.parseFrom(request);
        assertThat(copied.getName()).isEqualTo("n");
        assertThat(copied.getOptions().getJavaPackage()).isEqualTo("j");
        assertThat(copied.getDependencyCount()).isEqualTo(2);
    }

    @Test
    void groups_are_copied_with_their_end_tag() throws Exception {
        UnknownFieldSet inner = UnknownFieldSet.newBuilder()
                .addField(1, UnknownFieldSet.Field.newBuilder().addVarint(5).build())
                .build();
        ByteString source = UnknownFieldSet.newBuilder()
                .addField(3, UnknownFieldSet.Field.newBuilder().addGroup(inner).build())
                .build()
                .toByteString();
        UnknownFieldSet copied = UnknownFieldSet.parseFrom(copy(ByteString.EMPTY, source, path(3), path(900)));
        assertThat(copied.getField(900).getGroupList()).containsExactly(inner);
    }

    @Test
    void a_response_that_is_no_message_has_no_fields() {
        for (ByteString broken : broken()) {
            assertThat(WireFields.isMessage(broken)).isFalse();
            assertThat(WireFields.isPresent(broken, ROOT)).isFalse();
            assertThat(WireFields.isPresent(broken, path(1))).isFalse();
            assertThat(copy(FILE.toByteString(), broken, path(1), path(1))).isEqualTo(FILE.toByteString());
        }
    }

    @Test
    void a_request_that_is_no_message_is_refused() {
        for (ByteString broken : broken()) {
            assertThatThrownBy(() -> copy(broken, StringValue.of("x").toByteString(), path(1), path(1)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("not a protobuf message");
        }
    }

    @Test
    void a_string_bound_as_the_complete_request_leaves_the_request_unchanged() {
        ByteString response = StringValue.of("no message").toByteString();
        assertThat(copy(FILE.toByteString(), response, path(1), ROOT)).isEqualTo(FILE.toByteString());
    }

    /**
     * Returns invalid messages: truncated, a length beyond the end, a negative length, an unknown wire type, the number
     * zero, unmatched group tags.
     */
    private static List<ByteString> broken() {
        byte[] deep = new byte[100_000];
        Arrays.fill(deep, (byte) 0x0b);
        return List.of(
                bytes(0x08),
                bytes(0x0a, 5, 'x'),
                bytes(0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f),
                bytes(0x0a, 0xff, 0xff, 0xff, 0xff, 0x07),
                bytes(0x0f, 1),
                bytes(0x02, 0),
                bytes(0x0c),
                bytes(0x0b, 0x14),
                ByteString.copyFrom(deep));
    }

    @Test
    void copying_from_random_or_damaged_bytes_always_yields_a_valid_message() {
        for (long seed = 0; seed < 20_000; seed++) {
            Random random = new Random(seed);
            ByteString response = randomBytes(random);
            FieldPath from = randomPath(random);
            ByteString request = copy(FILE.toByteString(), response, from, randomPath(random));
            assertThat(WireFields.isMessage(request)).as("seed %d", seed).isTrue();
            assertThat(request.size()).as("seed %d", seed).isLessThan(2 * FILE.getSerializedSize() + 200);
            if (!WireFields.isPresent(response, from)) {
                assertThat(request).as("seed %d", seed).isEqualTo(FILE.toByteString());
            }
        }
    }

    /**
     * Copies from a field (2) of a message: the number (3) to the end (2) of an extension range (5) of another message,
     * and the name (1) to the reserved names (10); see descriptor.proto.
     */
    @Test
    void copied_values_equal_the_values_that_the_generated_parser_reads() throws Exception {
        for (long seed = 0; seed < 2_000; seed++) {
            Random random = new Random(seed);
            FieldDescriptorProto.Builder field = FieldDescriptorProto.newBuilder();
            if (random.nextBoolean()) {
                field.setNumber(random.nextInt());
            }
            if (random.nextBoolean()) {
                field.setName("n" + random.nextInt(1000));
            }
            ByteString response =
                    DescriptorProto.newBuilder().addField(field).build().toByteString();
            DescriptorProto copied = DescriptorProto.parseFrom(WireFields.copy(
                    DescriptorProto.newBuilder().setName("kept").build().toByteString(),
                    List.of(new Bound(response, path(2, 3), path(5, 2)), new Bound(response, path(2, 1), path(10)))));
            assertThat(copied.getName()).isEqualTo("kept");
            assertThat(copied.getExtensionRangeCount()).as("seed %d", seed).isEqualTo(field.hasNumber() ? 1 : 0);
            if (field.hasNumber()) {
                assertThat(copied.getExtensionRange(0).getEnd())
                        .as("seed %d", seed)
                        .isEqualTo(field.getNumber());
            }
            assertThat(copied.getReservedNameList())
                    .as("seed %d", seed)
                    .isEqualTo(field.hasName() ? List.of(field.getName()) : List.of());
        }
    }

    private static ByteString randomBytes(Random random) {
        byte[] bytes = FILE.toByteArray();
        if (random.nextBoolean()) {
            bytes = new byte[random.nextInt(60)];
            random.nextBytes(bytes);
        }
        for (int i = random.nextInt(4); i > 0 && bytes.length > 0; i--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
        return ByteString.copyFrom(bytes, 0, bytes.length - random.nextInt(bytes.length / 4 + 1));
    }

    private static FieldPath randomPath(Random random) {
        List<Integer> numbers = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            numbers.add(1 + random.nextInt(10));
        }
        return new FieldPath(numbers);
    }

    private static ByteString copy(ByteString request, ByteString response, FieldPath from, FieldPath to) {
        return WireFields.copy(request, List.of(new Bound(response, from, to)));
    }

    private static ByteString bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return ByteString.copyFrom(bytes);
    }

    @Test
    void an_unmatched_end_group_tag_is_no_message() {
        assertThat(WireFields.isMessage(ByteString.copyFrom(new byte[] {0x0c}))).isFalse();
    }

    @Test
    void bytes_inside_a_number_are_not_read_as_fields() {
        // field 1, fixed32: its four bytes would be a message with the fields 1 and 2
        ByteString number = ByteString.copyFrom(new byte[] {0x0d, 0x08, 0x01, 0x10, 0x02});
        assertThat(WireFields.isPresent(number, path(1))).isTrue();
        assertThat(WireFields.isPresent(number, path(1, 1))).isFalse();
    }
}
