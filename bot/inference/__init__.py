"""The model's side: vocabulary, harmony prompts, and the classifiers."""
