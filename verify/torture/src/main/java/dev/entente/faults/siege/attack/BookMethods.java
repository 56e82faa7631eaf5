package dev.entente.faults.siege.attack;

import com.google.protobuf.Int64Value;
import com.google.protobuf.StringValue;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.protobuf.ProtoUtils;

/** The methods of the participant that a good client uses, as anybody can know them. */
public final class BookMethods {
    /** Name of the service whose calls a coordinator has to sign. */
    public static final String SERVICE = "siege.v1.BookService";
    /** Name of the service that tells what was entered. */
    public static final String READING = "siege.v1.ReadingService";

    /** Enters a line; entering and its undo are the same method. */
    public static final MethodDescriptor<StringValue, StringValue> ENTER =
            MethodDescriptor.<StringValue, StringValue>newBuilder()
                    .setType(MethodType.UNARY)
                    .setFullMethodName(SERVICE + "/Enter")
                    .setRequestMarshaller(ProtoUtils.marshaller(StringValue.getDefaultInstance()))
                    .setResponseMarshaller(ProtoUtils.marshaller(StringValue.getDefaultInstance()))
                    .build();

    /** Counts the entries of gids that begin so. */
    public static final MethodDescriptor<StringValue, Int64Value> COUNT =
            MethodDescriptor.<StringValue, Int64Value>newBuilder()
                    .setType(MethodType.UNARY)
                    .setFullMethodName(READING + "/Count")
                    .setRequestMarshaller(ProtoUtils.marshaller(StringValue.getDefaultInstance()))
                    .setResponseMarshaller(ProtoUtils.marshaller(Int64Value.getDefaultInstance()))
                    .build();

    private BookMethods() {}
}
