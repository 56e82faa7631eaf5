package dev.entente.server.participant.reflection;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import io.grpc.Deadline;
import io.grpc.Status;
import io.grpc.StatusException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The room that one look at what a participant offers may take: time, bytes and descriptors. A participant chooses all
 * three itself, and what it sends grows many times over once it is read. Belongs to one thread.
 */
public final class ReflectionBudget {
    static final Duration LONGEST = Duration.ofSeconds(10);
    static final int MAX_BYTES = 4 << 20;
    static final int MAX_FILES = 1_000;
    /** Messages, fields, enums, their values, services, methods and extensions. */
    static final int MAX_ELEMENTS = 100_000;
    /** One that says nothing for this long is not there. */
    private static final int SILENCE_SECONDS = 5;

    private final Deadline deadline = Deadline.after(LONGEST.toSeconds(), TimeUnit.SECONDS);
    private int files;
    private int bytes;
    private int elements;

    /** Says that a participant's own answers would take more than there is. */
    public static final class Exceeded extends StatusException {
        private static final long serialVersionUID = 1;

        Exceeded(String why) {
            super(Status.RESOURCE_EXHAUSTED.withDescription(why));
        }

        /** As it stands in a sentence about the participant. */
        public String why() {
            return String.valueOf(getStatus().getDescription());
        }
    }

    /** When the next question's answer has to be there. @throws Exceeded where no time is left for one */
    Deadline forQuestion() throws Exceeded {
        if (deadline.isExpired()) {
            throw new Exceeded("its reflection takes longer than " + LONGEST.toSeconds() + " s");
        }
        return deadline.minimum(Deadline.after(SILENCE_SECONDS, TimeUnit.SECONDS));
    }

    /** Takes a file that is kept. @throws Exceeded where it is too much */
    void take(FileDescriptorProto file) throws Exceeded {
        files++;
        bytes += file.getSerializedSize();
        elements += elementsOf(file);
        if (files > MAX_FILES || bytes > MAX_BYTES || elements > MAX_ELEMENTS) {
            throw new Exceeded("its descriptors are larger than " + (MAX_BYTES >> 20) + " MiB, " + MAX_FILES
                    + " files or " + MAX_ELEMENTS + " elements");
        }
    }

    /** The descriptors that reading the file makes. */
    static int elementsOf(FileDescriptorProto file) {
        return file.getExtensionCount()
                + file.getServiceList().stream()
                        .mapToInt(service -> 1 + service.getMethodCount())
                        .sum()
                + ofEnums(file.getEnumTypeList())
                + ofMessages(file.getMessageTypeList());
    }

    private static int ofEnums(List<EnumDescriptorProto> enums) {
        return enums.stream().mapToInt(each -> 1 + each.getValueCount()).sum();
    }

    /** Protobuf's own bound on nesting, 100 deep, holds for what it has read. */
    private static int ofMessages(List<DescriptorProto> messages) {
        return messages.stream()
                .mapToInt(each -> 1
                        + each.getFieldCount()
                        + each.getExtensionCount()
                        + each.getOneofDeclCount()
                        + ofEnums(each.getEnumTypeList())
                        + ofMessages(each.getNestedTypeList()))
                .sum();
    }
}
