package dev.entente.participant.stream;

import bank.v1.FreezeRequest;
import bank.v1.FreezeResponse;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ServerCalls;
import java.io.InputStream;

/** A service whose responses no marshaller can write. */
final class UnserialisableResponses {
    static final String METHOD = "odd.v1.OddService/Answer";

    private UnserialisableResponses() {}

    static ServerServiceDefinition service() {
        MethodDescriptor<FreezeRequest, FreezeResponse> method =
                MethodDescriptor.<FreezeRequest, FreezeResponse>newBuilder()
                        .setType(MethodDescriptor.MethodType.UNARY)
                        .setFullMethodName(METHOD)
                        .setRequestMarshaller(ProtoUtils.marshaller(FreezeRequest.getDefaultInstance()))
                        .setResponseMarshaller(new Throwing())
                        .build();
        return ServerServiceDefinition.builder("odd.v1.OddService")
                .addMethod(method, ServerCalls.asyncUnaryCall((request, answer) -> {
                    answer.onNext(FreezeResponse.getDefaultInstance());
                    answer.onCompleted();
                }))
                .build();
    }

    private static final class Throwing implements MethodDescriptor.Marshaller<FreezeResponse> {
        @Override
        public InputStream stream(FreezeResponse response) {
            throw new IllegalStateException("a defect of this test's making");
        }

        @Override
        public FreezeResponse parse(InputStream bytes) {
            throw new UnsupportedOperationException("never read");
        }
    }
}
