/* Everything: kgl_config.h's own values. */
