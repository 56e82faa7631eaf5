package dev.entente.server.app;

import com.google.protobuf.StringValue;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ServerCalls;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** Services with one method from text to text, and local ports for them. */
public final class TextService {
    private TextService() {}

    /** @param name {@code package.Service/Method} */
    static MethodDescriptor<StringValue, StringValue> method(String name) {
        return MethodDescriptor.<StringValue, StringValue>newBuilder()
                .setType(MethodType.UNARY)
                .setFullMethodName(name)
                .setRequestMarshaller(ProtoUtils.marshaller(StringValue.getDefaultInstance()))
                .setResponseMarshaller(ProtoUtils.marshaller(StringValue.getDefaultInstance()))
                .build();
    }

    static ServerServiceDefinition of(
            MethodDescriptor<StringValue, StringValue> method,
            ServerCalls.UnaryMethod<StringValue, StringValue> answering) {
        return ServerServiceDefinition.builder(method.getServiceName())
                .addMethod(method, ServerCalls.asyncUnaryCall(answering))
                .build();
    }

    static InetSocketAddress anyPort() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    public static NettyServerBuilder onAnyPort() {
        return NettyServerBuilder.forAddress(anyPort());
    }

    public static String target(io.grpc.Server server) {
        return "127.0.0.1:" + server.getPort();
    }
}
