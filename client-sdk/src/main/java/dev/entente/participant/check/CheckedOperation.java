package dev.entente.participant.check;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import java.util.Optional;
import java.util.function.Function;

/**
 * One operation of a branch, as the coordinator would call it.
 *
 * @param channel to the participant
 * @param method {@code package.Service/Method}
 * @param request from the forward call's response, which may not be known
 */
public record CheckedOperation(Channel channel, String method, Function<Optional<ByteString>, ByteString> request) {
    /** With a request that reads no response. */
    public static CheckedOperation of(Channel channel, MethodDescriptor<?, ?> method, Message request) {
        return new CheckedOperation(channel, method.getFullMethodName(), response -> request.toByteString());
    }
}
