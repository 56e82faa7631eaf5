package dev.entente.core.codec;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.entente.stored.v1.BranchProgress;
import dev.entente.stored.v1.Progress;

/** Parses the message of stored progress, and keeps the fields that this program does not know. */
final class StoredProgress {
    private StoredProgress() {}

    static Progress parse(ByteString bytes) {
        try {
            return Progress.parseFrom(bytes);
        } catch (InvalidProtocolBufferException e) {
            throw new UnreadableRow("the stored progress is damaged: " + e.getMessage(), e);
        }
    }

    /** Returns the fields that this program does not know, each in its place; empty if there are none. */
    static ByteString unknownFields(Progress message) {
        boolean isAny = isUnknown(message) || message.getBranchesList().stream().anyMatch(StoredProgress::isUnknown);
        if (!isAny) {
            return ByteString.EMPTY;
        }
        Progress.Builder unknown = Progress.newBuilder().setUnknownFields(message.getUnknownFields());
        message.getBranchesList()
                .forEach(branch ->
                        unknown.addBranches(BranchProgress.newBuilder().setUnknownFields(branch.getUnknownFields())));
        return unknown.build().toByteString();
    }

    /** Puts the fields from {@link #unknownFields} back into their places. */
    static void restore(ByteString unknownFields, Progress.Builder message) {
        Progress unknown = parse(unknownFields);
        message.setUnknownFields(unknown.getUnknownFields());
        for (int i = 0; i < Math.min(unknown.getBranchesCount(), message.getBranchesCount()); i++) {
            message.getBranchesBuilder(i)
                    .setUnknownFields(unknown.getBranches(i).getUnknownFields());
        }
    }

    private static boolean isUnknown(Message message) {
        return !message.getUnknownFields().asMap().isEmpty();
    }
}
