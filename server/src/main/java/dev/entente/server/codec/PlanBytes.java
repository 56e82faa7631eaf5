package dev.entente.server.codec;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.DiscardUnknownFieldsParser;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Parser;
import com.google.protobuf.UnknownFieldSet;
import com.google.protobuf.UnsafeByteOperations;
import dev.entente.core.codec.UnreadableRow;
import dev.entente.stored.v1.FannedOut;
import dev.entente.stored.v1.StoredPlan;
import dev.entente.v1.Operation;
import dev.entente.v1.OperationOrBuilder;
import dev.entente.v1.Plan;
import dev.entente.v1.PlanOrBuilder;
import dev.entente.v1.Tcc;
import dev.entente.v1.TccBranch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A plan as stored in its row: the client's message without the gid, which has a column, and the coordinator's
 * additions. The additions are: the submitter, if clients authenticate; the trace context of the submit, if it has one;
 * each branch that is registered later, as a plan with only this branch; and the subscribers of topics. Protobuf reads
 * a concatenation as one merged message.
 */
public final class PlanBytes {
    private static final int DIGEST_BYTES = 16;
    static final int TRACE_ID_BYTES = 16;
    static final int TRACE_BYTES = 25;
    /** Cached, because a look-up costs as much as the digest of a small plan. */
    private static final ThreadLocal<MessageDigest> SHA_256 = ThreadLocal.withInitial(PlanBytes::newSha256);

    private PlanBytes() {}

    /** Encodes a plan for storage: deterministic, without the gid. */
    public static ByteString encode(Plan message) {
        byte[] bytes = new byte[message.getSerializedSize()];
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        out.useDeterministicSerialization();
        try {
            message.writeTo(out);
        } catch (IOException e) {
            throw new UncheckedIOException("an array of the right size cannot fail to be written", e);
        }
        // Fields are written in the order of their numbers, so the gid is first.
        int gid = message.getGid().isEmpty()
                ? 0
                : CodedOutputStream.computeStringSize(Plan.GID_FIELD_NUMBER, message.getGid());
        return UnsafeByteOperations.unsafeWrap(bytes, gid, bytes.length - gid);
    }

    static Plan parse(ByteString bytes) {
        return parse(bytes, Plan.parser());
    }

    /** Parses a plan without the fields that this program does not know. */
    static Plan known(ByteString bytes) {
        return parse(bytes, DiscardUnknownFieldsParser.wrap(Plan.parser()));
    }

    private static Plan parse(ByteString bytes, Parser<Plan> parser) {
        try {
            return parser.parseFrom(bytes);
        } catch (InvalidProtocolBufferException e) {
            throw new UnreadableRow("the stored plan is damaged: " + e.getMessage(), e);
        }
    }

    /** Returns the digest that compares contents: the first 16 bytes of SHA-256. Two rows store the digest. */
    public static ByteString digest(ByteString encoded) {
        byte[] digest = SHA_256.get().digest(encoded.toByteArray());
        return UnsafeByteOperations.unsafeWrap(digest, 0, DIGEST_BYTES);
    }

    private static MessageDigest newSha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** Appends the submitter to an encoded plan. A null submitter adds no byte. */
    public static ByteString by(@Nullable String submitter, ByteString encoded) {
        return submitter == null
                ? encoded
                : encoded.concat(
                        StoredPlan.newBuilder().setSubmitter(submitter).build().toByteString());
    }

    /** Appends the trace context of the submit to an encoded plan. A null context adds no byte. */
    public static ByteString in(@Nullable ByteString trace, ByteString encoded) {
        return trace == null
                ? encoded
                : encoded.concat(StoredPlan.newBuilder().setTrace(trace).build().toByteString());
    }

    /** Returns the stored trace context of this length, or null for none. */
    static @Nullable ByteString trace(StoredPlan ours, int length) {
        ByteString trace = ours.getTrace();
        if (!trace.isEmpty() && trace.size() != length) {
            throw new UnreadableRow("the stored plan is damaged: its trace context has " + trace.size() + " bytes");
        }
        return trace.isEmpty() ? null : trace;
    }

    /** Returns the trace id of a trace context: the part that a finished transaction keeps. */
    public static ByteString traceId(ByteString trace) {
        return trace.substring(0, TRACE_ID_BYTES);
    }

    /** Returns the plan that is appended for a registered branch: it contains only this branch. */
    static Plan ofBranch(TccBranch branch) {
        return Plan.newBuilder().setTcc(Tcc.newBuilder().addBranches(branch)).build();
    }

    /**
     * Returns the bytes to append to a row's plan when a branch is registered. A repeated call adds no second time:
     * PlanReader counts one registered branch for each time, and would count a declared branch, too.
     *
     * @param encoded {@link PlanCodec.DecodedBranch#encoded}, or an earlier result
     */
    public static ByteString registeredAt(Instant at, ByteString encoded) {
        boolean isStamped = ours(parse(encoded)).getRegisteredMsCount() > 0;
        return isStamped ? encoded : encoded.concat(registeredAt(at).toByteString());
    }

    static StoredPlan registeredAt(Instant at) {
        return StoredPlan.newBuilder().addRegisteredMs(at.toEpochMilli()).build();
    }

    /** Reads the fields that the coordinator has appended to the client's plan. */
    static StoredPlan ours(PlanOrBuilder stored) {
        UnknownFieldSet unknown = stored.getUnknownFields();
        try {
            return unknown.asMap().isEmpty()
                    ? StoredPlan.getDefaultInstance()
                    : StoredPlan.parseFrom(unknown.toByteString()).toBuilder()
                            .setUnknownFields(UnknownFieldSet.getDefaultInstance())
                            .build();
        } catch (InvalidProtocolBufferException e) {
            throw new UnreadableRow("the stored plan is damaged: " + e.getMessage(), e);
        }
    }

    /** Returns the client's plan only; the same instance if nothing was appended. */
    static Plan withoutOurs(Plan stored) {
        UnknownFieldSet unknown = stored.getUnknownFields();
        if (unknown.asMap().isEmpty()) {
            return stored;
        }
        UnknownFieldSet others = unknown.toBuilder()
                .clearField(StoredPlan.SUBMITTER_FIELD_NUMBER)
                .clearField(StoredPlan.FANNED_OUT_FIELD_NUMBER)
                .clearField(StoredPlan.FAN_OUT_FIELD_NUMBER)
                .clearField(StoredPlan.REGISTERED_MS_FIELD_NUMBER)
                .clearField(StoredPlan.DELIVERY_FIELD_NUMBER)
                .clearField(StoredPlan.TRACE_FIELD_NUMBER)
                .build();
        return stored.toBuilder().setUnknownFields(others).build();
    }

    /** Returns the bytes that an accepting write appends after the look-up of topics, even without any subscriber. */
    public static ByteString fannedOut() {
        return StoredPlan.newBuilder().setFannedOut(true).build().toByteString();
    }

    /** Returns the bytes that an accepting write appends for each subscriber. */
    public static ByteString fannedOut(String topic, String subscriber, Operation deliver) {
        FannedOut found = FannedOut.newBuilder()
                .setTopic(topic)
                .setSubscriber(subscriber)
                .setDeliver(deliver.toByteString())
                .build();
        return StoredPlan.newBuilder().addFanOut(found).build().toByteString();
    }

    /** Builds the delivery to a subscriber. The event provides the fields that the subscription leaves out. */
    static Operation delivery(FannedOut found, OperationOrBuilder event) {
        try {
            Operation.Builder delivery = Operation.parseFrom(found.getDeliver()).toBuilder();
            if (delivery.getBodyCase() == Operation.BodyCase.BODY_NOT_SET) {
                delivery.setRaw(event.getRaw());
            }
            return delivery.hasPolicy()
                    ? delivery.build()
                    : delivery.setPolicy(event.getPolicy()).build();
        } catch (InvalidProtocolBufferException e) {
            throw new UnreadableRow("the stored subscription of " + found.getSubscriber() + " is damaged", e);
        }
    }

    /** Returns the bytes that identify a subscriber in the plans of messages published to this subscriber. */
    public static ByteString subscriberIn(String topic, String subscriber) {
        return FannedOut.newBuilder()
                .setTopic(topic)
                .setSubscriber(subscriber)
                .build()
                .toByteString();
    }
}
