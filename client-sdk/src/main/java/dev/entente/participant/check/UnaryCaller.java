package dev.entente.participant.check;

import com.google.protobuf.ByteString;
import dev.entente.wire.RawMessage;
import io.grpc.CallOptions;
import io.grpc.ClientInterceptors;
import io.grpc.MethodDescriptor;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Makes each attempt a gRPC call of its own. */
final class UnaryCaller implements AttemptCaller {
    @Override
    public ByteString call(CheckedOperation operation, CheckedCall call, ByteString request, Duration patience) {
        MethodDescriptor<byte[], byte[]> method = MethodDescriptor.<byte[], byte[]>newBuilder()
                .setType(MethodDescriptor.MethodType.UNARY)
                .setFullMethodName(operation.method())
                .setRequestMarshaller(RawMessage.MARSHALLER)
                .setResponseMarshaller(RawMessage.MARSHALLER)
                .build();
        return ByteString.copyFrom(ClientCalls.blockingUnaryCall(
                ClientInterceptors.intercept(
                        operation.channel(), MetadataUtils.newAttachHeadersInterceptor(call.headers())),
                method,
                CallOptions.DEFAULT.withDeadlineAfter(patience.toMillis(), TimeUnit.MILLISECONDS),
                request.toByteArray()));
    }
}
