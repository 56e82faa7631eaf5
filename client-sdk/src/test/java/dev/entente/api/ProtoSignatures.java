package dev.entente.api;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import dev.entente.v1.OperatorServiceGrpc;
import dev.entente.v1.ParticipantServiceGrpc;
import dev.entente.v1.TopicServiceGrpc;
import dev.entente.v1.TransactionServiceGrpc;
import io.grpc.protobuf.ProtoFileDescriptorSupplier;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Each call, message, field and enum value of {@code entente.v1}. All generated signatures follow from these. */
final class ProtoSignatures {
    private ProtoSignatures() {}

    static List<String> lines() {
        Map<String, FileDescriptor> files = new TreeMap<>();
        Stream.of(
                        OperatorServiceGrpc.getServiceDescriptor(),
                        ParticipantServiceGrpc.getServiceDescriptor(),
                        TopicServiceGrpc.getServiceDescriptor(),
                        TransactionServiceGrpc.getServiceDescriptor())
                .map(service -> (ProtoFileDescriptorSupplier) Objects.requireNonNull(service.getSchemaDescriptor()))
                .forEach(service -> collect(service.getFileDescriptor(), files));
        return files.values().stream().flatMap(ProtoSignatures::ofFile).toList();
    }

    private static void collect(FileDescriptor file, Map<String, FileDescriptor> files) {
        if (file.getPackage().startsWith("entente.") && files.put(file.getName(), file) == null) {
            file.getDependencies().forEach(dependency -> collect(dependency, files));
        }
    }

    private static Stream<String> ofFile(FileDescriptor file) {
        return Stream.of(
                        file.getServices().stream().flatMap(ProtoSignatures::ofService),
                        file.getMessageTypes().stream().flatMap(ProtoSignatures::ofMessage),
                        file.getEnumTypes().stream().flatMap(ProtoSignatures::ofEnum))
                .flatMap(lines -> lines);
    }

    private static Stream<String> ofService(ServiceDescriptor service) {
        return service.getMethods().stream()
                .map(method -> "rpc " + method.getFullName()
                        + "(" + (method.isClientStreaming() ? "stream " : "")
                        + method.getInputType().getFullName() + ") returns ("
                        + (method.isServerStreaming() ? "stream " : "")
                        + method.getOutputType().getFullName() + ")");
    }

    private static Stream<String> ofMessage(Descriptor message) {
        return Stream.of(
                        Stream.of("message " + message.getFullName()),
                        message.getFields().stream().map(ProtoSignatures::ofField),
                        message.getNestedTypes().stream().flatMap(ProtoSignatures::ofMessage),
                        message.getEnumTypes().stream().flatMap(ProtoSignatures::ofEnum))
                .flatMap(lines -> lines);
    }

    private static String ofField(FieldDescriptor field) {
        String type = switch (field.getJavaType()) {
            case MESSAGE -> field.getMessageType().getFullName();
            case ENUM -> field.getEnumType().getFullName();
            default -> field.getType().name().toLowerCase(Locale.ROOT);
        };
        String presence = field.isRepeated() ? "repeated " : field.hasPresence() ? "optional " : "";
        String oneof = field.getRealContainingOneof() == null
                ? ""
                : " in " + field.getRealContainingOneof().getName();
        return "  " + field.getNumber() + " " + presence + type + " " + field.getName() + oneof;
    }

    private static Stream<String> ofEnum(EnumDescriptor type) {
        return Stream.concat(
                Stream.of("enum " + type.getFullName()),
                type.getValues().stream().map(value -> "  " + value.getNumber() + " " + value.getName()));
    }
}
