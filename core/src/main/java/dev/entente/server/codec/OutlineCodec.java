package dev.entente.server.codec;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.entente.server.transaction.History;
import dev.entente.server.transaction.Pattern;
import dev.entente.server.transaction.Plan;
import dev.entente.server.transaction.Progress;
import dev.entente.server.transaction.TransactionState;
import dev.entente.server.transaction.UnknownCode;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Encodes and decodes the kept part of a finished transaction: enough to show it, and to replay its history. Pattern,
 * name, state and history are columns of their own, so they are arguments here. Durations and times keep their
 * milliseconds. Thread-safe.
 */
public final class OutlineCodec {
    private OutlineCodec() {}

    /** @param keepsPayloads whether bodies and responses stay */
    public static ByteString encode(Plan plan, Progress progress, @Nullable Instant deadlineAt, boolean keepsPayloads) {
        var message = new OutlineWriter(plan, progress, keepsPayloads).written();
        if (deadlineAt != null) {
            message.setDeadlineAtMs(deadlineAt.toEpochMilli());
        }
        return message.build().toByteString();
    }

    /**
     * Reads what {@link #encode} wrote.
     *
     * @throws UnreadableRow if the bytes are damaged
     */
    public static Outline decode(
            ByteString bytes, Pattern pattern, String name, TransactionState state, History history) {
        try {
            var message = dev.entente.stored.v1.Outline.parseFrom(bytes);
            OutlineReader reader = new OutlineReader(message);
            return new Outline(
                    reader.plan(pattern, name),
                    reader.progress(state, history),
                    message.hasDeadlineAtMs() ? StoredCodes.time(message.getDeadlineAtMs()) : null);
        } catch (UnknownCode newer) {
            throw UnreadableRow.ofCode(newer);
        } catch (InvalidProtocolBufferException | IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new UnreadableRow("the stored outline is damaged: " + e.getMessage(), e);
        }
    }
}
