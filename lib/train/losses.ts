export * from "papilio/train/losses/mod.ts";
