"""The paper's system over public corpora and a real pretrained encoder, at sizes that two cores can do."""
