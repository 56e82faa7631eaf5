package dev.entente.bench.load;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A choice that the command line writes as {@code on} or {@code off}; a boolean option would take no word. */
public enum OnOff {
    ON,
    OFF;

    /** Reads the two words. */
    public static final class Words implements ITypeConverter<OnOff> {
        Words() {}

        @Override
        public OnOff convert(String value) {
            return switch (value) {
                case "on" -> ON;
                case "off" -> OFF;
                default -> throw new TypeConversionException("'" + value + "' is neither on nor off");
            };
        }
    }
}
